"""How a webhook is written, and what its answer is worth."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.phone.provider.exchange import (
    ANSWER,
    INSTRUCTION,
    Answer,
    NoAnswerError,
    problem_of,
    send,
    split_url,
    with_query,
)
from echo.untrusted import Json
from tests.phone.provider.doubles import ListedWeb, answer_of, now

DOCUMENT: dict[str, Json] = {"to": "4420", "nested": {"a": [1]}, "none": None, "Zoë": "a&b=c d"}


class Stamp:
    """A ``Signs`` that shows what it was given."""

    def sign(self, body: bytes | None) -> tuple[str | None, bytes | None]:
        """Sign with the length, and add to the body."""
        return (f"Bearer {len(body)}", body + b"!") if body is not None else (None, None)


def test_by_post_a_document_is_the_body() -> None:
    """A POST carries JSON and says so, and the URL stays as it is."""
    web = ListedWeb(answer_of([]))

    now(send(web, "http://app.test/e?x=1", "POST", DOCUMENT, patience=INSTRUCTION))

    (asked,) = web.asked
    assert (asked.method, asked.url, asked.document) == ("POST", "http://app.test/e?x=1", DOCUMENT)
    assert asked.headers == {"accept": "application/json", "content-type": "application/json"}
    assert asked.times == (1.0, 10.0, 2)


def test_by_get_a_document_is_the_query() -> None:
    """A GET carries parameters behind those of the URL, and no body."""
    web = ListedWeb(answer_of([]))

    now(send(web, "http://app.test/e?x=1&y=", "GET", DOCUMENT, patience=ANSWER))

    (asked,) = web.asked
    assert asked.body is None
    assert asked.headers == {"accept": "application/json"}
    assert asked.query == {"x": "1", "y": "", "to": "4420", "nested": '{"a": [1]}', "Zoë": "a&b=c d"}
    assert asked.times == (1.0, 5.0, 2)


def test_a_signer_decides_what_is_sent() -> None:
    """The header and the body are those that the signer hands out; without a header there is none."""
    web = ListedWeb(answer_of([]), answer_of([]))
    for method in ("POST", "GET"):
        now(send(web, "http://app.test/", method, {"a": 1}, patience=ANSWER, signer=Stamp()))
    posted, got = web.asked
    assert (posted.headers["authorization"], posted.body) == ("Bearer 8", b'{"a": 1}!')
    assert ("authorization" in got.headers, got.body) == (False, None)


@pytest.mark.parametrize(
    "url", ["http://a.test", "http://a.test/x?", "https://a.test:1/x/?b=1", "http://[::1]:80/"]
)
def test_a_query_is_added_whatever_the_url(url: str) -> None:
    """Host, path and own parameters of a URL stay when a document is added."""
    before, after = urlsplit(url), urlsplit(with_query(url, {"q": "1"}))
    assert (after.netloc, after.path) == (before.netloc, before.path)
    assert parse_qsl(after.query) == [*parse_qsl(before.query), ("q", "1")]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "printable ASCII"),
        ("http://app.test/a b", "printable ASCII"),
        ("http://app.test/ä", "encode the rest"),
        ("http://app.test/\r\nX: y", "printable ASCII"),
        ("ftp://app.test/", "http:// or https://"),
        ("app.test/answer", "http:// or https://"),
        ("http:///answer", "and a host"),
        ("http://app.test:0/", "and a host"),
        ("http://[::1/", "this is no URL"),
        ("http://app.test:99999/", "this is no URL"),
        ("http://app.test:x/", "this is no URL"),
        ("http://me:pw@app.test/", "no user, password or #fragment"),
        ("http://app.test/#top", "no user, password or #fragment"),
    ],
)
def test_a_url_that_is_none_is_told(url: str, problem: str) -> None:
    """What the provider would not ask is refused in one printable sentence before anything is sent."""
    with pytest.raises(NoAnswerError, match=problem) as caught:
        split_url(url)
    assert str(caught.value).isprintable()
    assert (caught.value.attempts, caught.value.reason) == (0, "Invalid URL.")


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204, 205])
def test_what_counts_as_an_answer(status: int) -> None:
    """The statuses of the provider's guide to webhooks are fine."""
    assert problem_of(Answer(status)) is None


@pytest.mark.parametrize(
    ("status", "attempts", "told"),
    [
        (206, 1, "206 where 200 is required"),
        (301, 1, "redirects (301) to /there"),
        (307, 1, "the provider does not follow"),
        (304, 1, "304 where 200 is required"),
        (401, 1, "does it want a signature"),
        (403, 1, "forbidden"),
        (404, 1, "nothing is at this path"),
        (405, 1, "GET and POST"),
        (418, 1, "it answered 418 where 200 is required"),
        (500, 1, "see its log"),
        (503, 2, "see its log), 2 times where 200"),
        (429, 2, "it answered 429, 2 times where 200 is required"),
    ],
)
def test_another_status_is_told_with_what_to_look_for(status: int, attempts: int, told: str) -> None:
    """Any other status is a problem, told in a clause that helps."""
    problem = problem_of(Answer(status, {"location": "/there"}, attempts=attempts))
    assert problem is not None
    assert told in problem


def test_a_redirect_forges_no_line() -> None:
    """The address of a redirect is shown escaped, and its absence told."""
    problem = problem_of(Answer(302, {"location": "http://x/\x1b[2J\n"}))
    assert problem is not None
    assert problem.isprintable()
    assert "to nowhere;" in str(problem_of(Answer(302)))


@given(st.text(max_size=60) | st.from_regex(r"https?://[!-~]{0,30}", fullmatch=True))
def test_a_webhooks_url_is_one(url: str) -> None:
    """Whatever an NCCO names: it is refused in one line, or has a host and neither user nor fragment."""
    try:
        parts = split_url(url)
    except NoAnswerError as refused:
        assert str(refused).isprintable()
    else:
        assert parts.hostname
        assert (parts.username, parts.password, parts.fragment) == (None, None, "")


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
def test_a_query_is_read_as_it_was_meant(document: dict[str, str]) -> None:
    """Whatever text is put into a query comes out of it."""
    url = with_query("http://a.example/answer?x=1", dict(document))
    assert parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=None) == [
        ("x", "1"),
        *document.items(),
    ]
