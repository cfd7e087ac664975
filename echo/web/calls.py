"""The list of calls, for the operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from twisted.web.server import NOT_DONE_YET, Request

from echo.call.report import CallReport, as_json
from echo.web.answers import Page, json_body
from echo.web.pieces import Pieces
from echo.web.view import View
from echo.webhook.passes import without_passes

#: Calls that are written in one turn of the reactor: together they take about half a millisecond.
TOGETHER = 20


class CallsPage(Page):
    """``/calls``: each call that is on, and how the last ones ended, as JSON; the oldest first."""

    def __init__(self, view: View) -> None:
        """Show the calls of ``view``."""
        super().__init__()
        self._view = view

    def answer(self, request: Request) -> int:
        """Answer with the list, a few calls at a time; each is told as it stands when its turn comes."""
        request.setHeader(b"Content-Type", b"application/json")
        if request.method == b"HEAD":
            request.finish()  # without a length: nobody knows it before the whole was written
            return NOT_DONE_YET
        view = self._view
        live = tuple(view.registry.live.values())
        ended = view.registry.recent(view.reactor.seconds())
        Pieces(request, list_of_calls((call.report() for call in live), ended), view.reactor, view.patience())
        return NOT_DONE_YET


def list_of_calls(live: Iterable[CallReport], ended: Iterable[CallReport]) -> Iterator[bytes]:
    """Write the list in pieces of at most :data:`TOGETHER` calls; reports are asked for when their turn comes."""
    yield b'{"live": ['
    yield from _rows(iter(live))
    yield b'],\n"ended": ['
    yield from _rows(iter(ended))
    yield b"]}\n"


def _rows(reports: Iterator[CallReport]) -> Iterator[bytes]:
    between = b"\n"
    while together := [_row(report) for report in islice(reports, TOGETHER)]:
        yield between + b",\n".join(together)
        between = b",\n"


def _row(report: CallReport) -> bytes:
    """Write one call; an address of its socket, which a script may put among its headers, without what opens it."""
    return without_passes(json_body(as_json(report)).decode("ascii")).rstrip().encode("ascii")
