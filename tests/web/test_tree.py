"""Tests of echo.web.tree and echo.web.answers: which URLs there are, and which methods they take."""

from __future__ import annotations

import pytest

from tests.face import Face

PAGES = {
    "/": "GET",
    "/ncco": "GET, POST",
    "/webhooks/answer": "GET, POST",
    "/events": "GET, POST",
    "/webhooks/event": "GET, POST",
    "/health": "GET",
    "/openapi.json": "GET",
    "/socket": "GET",
}


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/socket"])
def test_every_page_answers_get(path: str) -> None:
    """Each page of the map answers GET with 200."""
    assert Face().ask(path).status == 200


@pytest.mark.parametrize("path", list(PAGES))
def test_other_methods_are_refused_with_what_is_allowed(path: str) -> None:
    """A method that a page does not take is answered with 405 and the ones that it does."""
    answer = Face().ask(path, method="DELETE")

    assert answer.status == 405
    assert answer.headers["allow"] == f"{PAGES[path]}, HEAD, OPTIONS"


@pytest.mark.parametrize("path", list(PAGES))
def test_options_lists_the_methods(path: str) -> None:
    """OPTIONS is answered with 204 and the methods."""
    answer = Face().ask(path, method="OPTIONS")

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["allow"] == f"{PAGES[path]}, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/", "/ncco", "/events", "/health", "/nothing"])
def test_head_is_get_without_a_body(path: str) -> None:
    """HEAD has the status and the length of GET, and no body."""
    face = Face()
    head, get = face.ask(path, method="HEAD"), face.ask(path)

    assert (head.status, head.body) == (get.status, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/ncco/below", "/webhooks", "/webhooks/other", "/socket/x", "//x", "/" * 9]
)
def test_what_is_not_there_is_404(path: str) -> None:
    """An unknown path is a JSON error that says what there is."""
    answer = Face().ask(path)

    assert answer.status == 404
    assert "/ncco" in answer.json()["error"]


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "TRACE", "SOMETHING"])
def test_what_is_not_there_is_404_by_any_method(method: str) -> None:
    """Where nothing is, no method is allowed, and none is listed."""
    answer = Face().ask("/nothing", method=method)

    assert answer.status == 404
    assert "allow" not in answer.headers


def test_a_slash_at_the_end_changes_nothing() -> None:
    """``/ncco/`` is ``/ncco``."""
    assert Face().ask("/ncco/").json() == Face().ask("/ncco").json()


def test_a_request_is_told_to_the_debug_log_in_one_line() -> None:
    """A request has a line with who asked for what, and the status."""
    face = Face()

    face.ask("/x?a=1")

    (line,) = face.log.at("debug")
    assert line.startswith("192.0.2.7 GET /x?a=1 404 ")


def test_a_refusal_is_told_as_well() -> None:
    """A request that is refused before there is a page for it leaves a line too."""
    face = Face()

    face.connect().receive(b"nonsense\r\n\r\n")

    assert face.log.at("debug") == ["192.0.2.7 refused with 400: this is not HTTP as we know it"]
