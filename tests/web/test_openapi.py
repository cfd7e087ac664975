"""Tests of echo.web.openapi: the documents are sound and complete; tests/integration shows that they are true."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from echo import __version__
from echo.call.meter import CallMeter
from echo.web.openapi import OPERATOR, PUBLIC, read_document
from tests.doubles import FRAME
from tests.frames import BINARY, encode_frame
from tests.operator_face import OperatorFace

DOCUMENTS = {name: read_document(name) for name in (PUBLIC, OPERATOR)}
EACH = pytest.mark.parametrize("name", DOCUMENTS)
EACH_PATH = pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, document in DOCUMENTS.items() for path in document["paths"]]
)


def operations(name: str, path: str) -> dict[str, Any]:
    """What a document knows of a path, references followed."""
    item: dict[str, Any] = DOCUMENTS[name]["paths"][path]
    if "$ref" in item:
        item = DOCUMENTS[name]["components"]["pathItems"][item["$ref"].rpartition("/")[2]]
    return {key: value for key, value in item.items() if key != "parameters"}


@EACH
def test_the_document_is_valid(name: str) -> None:
    """It is OpenAPI 3.1 by that standard's own schema."""
    validator = pytest.importorskip(
        "openapi_spec_validator", reason="openapi-spec-validator is not installed"
    )

    validator.validate(DOCUMENTS[name])


@EACH
def test_the_document_is_served(name: str) -> None:
    """``/openapi.json`` is the document of its face, with the version of what serves it."""
    face = OperatorFace()
    answer = face.ask("/openapi.json") if name == PUBLIC else face.look("/openapi.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENTS[name]
    assert DOCUMENTS[name]["info"]["version"] == __version__


@EACH
def test_every_url_is_in_it(name: str) -> None:
    """The document knows each page of the tree, and no other."""

    def walk(folder: Any, below: str) -> list[str]:
        found = []
        for piece, child in folder.children.items():
            path = f"{below}/{piece.decode()}"
            found += walk(child, path) if child.children else [path]
        return found

    face = OperatorFace()
    site = face.site if name == PUBLIC else face.operator
    assert sorted(walk(site.resource, "")) == sorted(DOCUMENTS[name]["paths"])


@EACH_PATH
def test_every_method_is_in_it(name: str, path: str) -> None:
    """The methods of a page are those that it allows, beside HEAD and OPTIONS."""
    face = OperatorFace()
    ask = face.ask if name == PUBLIC else face.look
    allowed = ask(path, method="OPTIONS").headers["allow"].split(", ")

    assert [method.lower() for method in allowed if method not in {"HEAD", "OPTIONS"}] == list(
        operations(name, path)
    )


def test_the_list_of_calls_is_as_described() -> None:
    """Calls in each state, and both kinds of what may be missing, are what the schema says and nothing else."""
    face = OperatorFace()
    face.call()
    face.call()[0].lose()
    face.call()[0].receive(encode_frame(BINARY, FRAME))
    face.calls.serve_under(replace(face.calls._terms, make_meter=CallMeter))
    metered = face.call()[0]
    for number in range(700):
        face.clock.advance(0.02 + (number % 3 - 1) * 0.001)
        metered.receive(encode_frame(BINARY, FRAME))
    document = DOCUMENTS[OPERATOR]

    listed = face.look("/calls").json()

    schema = {"$ref": "#/components/schemas/Calls", "components": document["components"]}
    assert list(Draft202012Validator(schema).iter_errors(listed)) == []
    assert [len(listed["live"]), len(listed["ended"])] == [3, 1]
    assert listed["live"][2]["metered"]["clock_ppm"] is not None
    assert listed["live"][0]["metered"] is None
