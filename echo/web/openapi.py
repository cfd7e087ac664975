"""``/openapi.json``: what a face says over HTTP, for clients, for the console and for those who test us."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from twisted.web.server import Request

from echo import __version__
from echo.web.answers import Page, answer_json

#: The files of this package that describe the faces: the public one, and the operator's.
PUBLIC, OPERATOR = "openapi.json", "operator.json"


class OpenApiPage(Page):
    """``/openapi.json``: an OpenAPI 3.1 document of this package, with our version in it."""

    def __init__(self, name: str = PUBLIC) -> None:
        """Read the document, once."""
        super().__init__()
        self._document = read_document(name)

    def answer(self, request: Request) -> bytes:
        """Answer with the document."""
        return answer_json(request, self._document)


def read_document(name: str = PUBLIC) -> dict[str, Any]:
    """Read a document and put in which version of us it is about."""
    document: dict[str, Any] = json.loads(files(__package__).joinpath(name).read_text("utf-8"))
    document["info"]["version"] = __version__
    return document
