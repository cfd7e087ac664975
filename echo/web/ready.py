"""Whether a new call would be taken, for load balancers."""

from __future__ import annotations

from http import HTTPStatus

from twisted.web.server import Request

from echo.web.answers import Page, answer_json
from echo.web.view import Readiness, View


class ReadyPage(Page):
    """``/ready``: 200 while calls are taken, 503 while the daemon is draining or full."""

    def __init__(self, view: View) -> None:
        """Tell the readiness of ``view``."""
        super().__init__()
        self._view = view

    def answer(self, request: Request) -> bytes:
        """Answer with the readiness, which says why where there is none."""
        readiness = self._view.readiness()
        status = HTTPStatus.OK if readiness is Readiness.READY else HTTPStatus.SERVICE_UNAVAILABLE
        return answer_json(request, {"status": readiness.value}, status)
