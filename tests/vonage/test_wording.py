"""Tests of echo.vonage.wording: what an answer means, for a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.vonage.wording import clause_of


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (
            401,
            b"",
            "it answered 401 (it does not take our token: do application and private key belong together",
        ),
        (404, b"", "it answered 404 (it knows no such call"),
        (418, b"", "it answered 418"),
        (500, b"<html>", "it answered 500 (it failed)"),
        (302, b"", "it redirects (302), and that is not followed: our token goes nowhere else"),
        (400, b'{"type":"BAD_REQUEST","error_title":"Bad Request"}', 'it answered 400: "Bad Request"'),
        (
            400,
            b'{"type":400,"title":"Bad Request","invalid_parameters":[{"reason":"x","name":"event_url"}]}',
            'it answered 400: "Bad Request - event_url"',
        ),
        (
            400,
            b'{"error_title":"Bad Request","detail":"no","invalid_parameters":{"to":"x","from":"y"}}',
            'it answered 400: "Bad Request - no - to, from"',
        ),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, told: str) -> None:
    """The status, what to look at, and the API's own words."""
    assert clause_of(status, body).startswith(told)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"[1]",
        b'{"title": 5, "invalid_parameters": 7}',
        b'{"invalid_parameters": [{}, 5]}',
        b'{"title": "\\u001b[2J\\n"}',
        b'{"title": "' + b"x" * 5000 + b'"}',
    ],
)
def test_its_own_words_are_made_safe(body: bytes) -> None:
    """Whatever it says fits a line and forges none."""
    told = clause_of(400, body)
    assert told.isprintable()
    assert len(told) < 300


@given(st.integers(100, 599), st.binary(max_size=200))
def test_whatever_it_says_is_a_clause(status: int, body: bytes) -> None:
    """Of one line, and not a long one."""
    told = clause_of(status, body)
    assert told.isprintable()
    assert len(told) < 400
