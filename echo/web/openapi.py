"""``/openapi.json``: what all of this says over HTTP, for clients, for the console and for those who test us."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from twisted.web.server import Request

from echo import __version__
from echo.web.answers import Page, answer_json


class OpenApiPage(Page):
    """``/openapi.json``: an OpenAPI 3.1 document, ``openapi.json`` of this package with our version in it."""

    def __init__(self) -> None:
        """Read the document, once."""
        super().__init__()
        self._document = read_document()

    def answer(self, request: Request) -> bytes:
        """Answer with the document."""
        return answer_json(request, self._document)


def read_document() -> dict[str, Any]:
    """Read the document and put in which version of us it is about."""
    document: dict[str, Any] = json.loads(files(__package__).joinpath("openapi.json").read_text("utf-8"))
    document["info"]["version"] = __version__
    return document
