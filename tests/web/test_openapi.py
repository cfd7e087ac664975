"""Tests of echo.web.openapi: the document is sound, and complete. That it is true is tests/integration's to show."""

from __future__ import annotations

from typing import Any

import pytest

from echo import __version__
from echo.web.openapi import read_document
from tests.face import Face

DOCUMENT = read_document()


def operations(path: str) -> dict[str, Any]:
    """What the document knows of a path, references followed."""
    item: dict[str, Any] = DOCUMENT["paths"][path]
    if "$ref" in item:
        item = DOCUMENT["components"]["pathItems"][item["$ref"].rpartition("/")[2]]
    return {key: value for key, value in item.items() if key != "parameters"}


def test_the_document_is_valid() -> None:
    """It is OpenAPI 3.1 by that standard's own schema."""
    validator = pytest.importorskip(
        "openapi_spec_validator", reason="openapi-spec-validator is not installed"
    )

    validator.validate(DOCUMENT)


def test_the_document_is_served() -> None:
    """``/openapi.json`` is the document, with the version of what serves it."""
    answer = Face().ask("/openapi.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENT
    assert DOCUMENT["info"]["version"] == __version__


def test_every_url_is_in_it() -> None:
    """The document knows each page of the tree, and no other."""

    def walk(folder: Any, below: str) -> list[str]:
        found = []
        for name, child in folder.children.items():
            path = f"{below}/{name.decode()}"
            found += walk(child, path) if child.children else [path]
        return found

    assert sorted(walk(Face().site.resource, "")) == sorted(DOCUMENT["paths"])


@pytest.mark.parametrize("path", list(DOCUMENT["paths"]))
def test_every_method_is_in_it(path: str) -> None:
    """The methods of a page are those that it allows, beside HEAD and OPTIONS."""
    allowed = Face().ask(path, method="OPTIONS").headers["allow"].split(", ")

    assert [method.lower() for method in allowed if method not in {"HEAD", "OPTIONS"}] == list(
        operations(path)
    )
