"""The answer webhook: asked, answered, and what happens otherwise."""

from __future__ import annotations

import json

import pytest

from echo.phone.provider.answer import SYNTAX_ERROR, Ncco, answer, answer_parameters, read_ncco
from echo.phone.provider.exchange import Answer, NoAnswerError, WebhookError
from tests.phone.provider.doubles import IDENTITY, JSON_TYPE, ListedWeb, Sink, answer_of, now, refused

URL = "http://app.test/answer"
FALLBACK = "http://backup.test/answer"
NCCO: Ncco = [{"action": "talk", "text": "hello"}]

PARAMETERS = {
    "to": "442079460000",
    "from": "447700900123",
    "uuid": IDENTITY.uuid,
    "conversation_uuid": IDENTITY.conversation_uuid,
    "endpoint_type": "phone",
    "region_url": "https://api.example",
}


def ask(
    web: ListedWeb, sink: Sink, method: str = "GET", fallback: str | None = None, fallback_method: str = "GET"
) -> Ncco:
    """Ask for the NCCO."""
    work = answer(
        web,
        URL,
        method,
        IDENTITY,
        keep=sink.keep,
        fallback=fallback,
        fallback_method=fallback_method,
    )
    return now(work)


def test_parameters() -> None:
    """The question has the names and the values that the provider sends."""
    assert answer_parameters(IDENTITY) == PARAMETERS


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_is_the_ncco(method: str) -> None:
    """By either method the question is asked once, and the array that comes is the NCCO."""
    web, sink = ListedWeb(answer_of(NCCO)), Sink()

    assert ask(web, sink, method) == NCCO

    (asked,) = web.asked
    assert (asked.document if method == "POST" else asked.query) == PARAMETERS
    assert asked.times == (1.0, 5.0, 2)
    (kept,) = sink.webhooks
    assert (kept.kind, kept.url, kept.http, kept.seconds, kept.problem) == ("answer", URL, 200, 0.25, None)


def page(body: bytes, content_type: str = "application/json", status: int = 200) -> Answer:
    """Any answer."""
    return Answer(status, {"content-type": content_type}, body)


@pytest.mark.parametrize(
    ("said", "told", "reason"),
    [
        (
            page(b"<html>", "text/html; charset=utf-8"),
            "Content-Type is text/html where application/json",
            None,
        ),
        (page(b"[]", "TEXT/HTML"), "Content-Type is text/html", None),
        (page(b"<Response/>", "application/xml"), "Content-Type is application/xml", None),
        (page(b""), "empty", SYNTAX_ERROR),
        (page(b"[]"), "an empty array where at least one action", SYNTAX_ERROR),
        (page(b'{"action":"talk"}'), "an object where an array of actions", SYNTAX_ERROR),
        (page(b"null"), "null where an array", SYNTAX_ERROR),
        (page(b"[1]"), "$[0]: line 1: a number where an action", SYNTAX_ERROR),
        (page(b'[{"text":"x"}]'), "$[0].action", SYNTAX_ERROR),
        (
            page(b'[{"action":"talk"},\n{"action":"hangup"}]'),
            '$[1].action: "hangup" is no action',
            SYNTAX_ERROR,
        ),
        (page(b'[{"action":"Talk"}]'), '"Talk" is no action', SYNTAX_ERROR),
        (page(b'[{"action":"talk"'), "the text is not JSON from line 1", SYNTAX_ERROR),
        (page(b'[{"action":"talk","a":NaN}]'), "NaN", SYNTAX_ERROR),
        (page(b"\xff"), "not UTF-8", SYNTAX_ERROR),
        (page(b"[" * 100000), "nested", SYNTAX_ERROR),
        (page(b" " * (1024 * 1024 + 1)), "bytes of JSON where", SYNTAX_ERROR),
        (page(b"[]", status=404), "nothing is at this path", "HTTP 404."),
        (page(b"[]", status=500), "see its log", "HTTP 500."),
        (page(b"", "text/html", status=302), "it redirects (302)", "HTTP 302."),
    ],
)
def test_an_answer_without_an_ncco_is_told(said: Answer, told: str, reason: str | None) -> None:
    """Each way to answer without an NCCO has a sentence that begins with the URL, and is kept."""
    sink = Sink()

    with pytest.raises(WebhookError) as caught:
        ask(ListedWeb(said), sink)

    assert str(caught.value).startswith(f"{URL}: ")
    assert told in str(caught.value)
    assert caught.value.reason == (reason or "Invalid content type.")
    assert [(kept.http, kept.problem) for kept in sink.webhooks] == [(said.status, str(caught.value))]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json;charset=utf-8", "text/plain", ""]
)
def test_any_type_but_a_page_is_taken(content_type: str) -> None:
    """Only types of pages are documented as a failure; the rest is judged by its body."""
    assert read_ncco(Answer(200, {"content-type": content_type}, json.dumps(NCCO).encode()), URL) == NCCO
    assert read_ncco(Answer(200, {}, json.dumps(NCCO).encode()), URL) == NCCO


def test_nobody_answers() -> None:
    """Without an answer the sentence of the web is passed on, and the try kept without a status."""
    sink = Sink()
    with pytest.raises(NoAnswerError, match="nobody listens"):
        ask(ListedWeb(refused(URL)), sink)
    (kept,) = sink.webhooks
    assert (kept.http, kept.seconds, kept.attempts) == (None, 0.1, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_fallback_is_told_why(method: str) -> None:
    """When the answer URL fails, the fallback URL is asked with the parameters, the reason and the request."""
    web, sink = ListedWeb(refused(URL), answer_of(NCCO)), Sink()

    assert ask(web, sink, "POST", FALLBACK, method) == NCCO

    asked = web.asked[1]
    original = {"url": URL, "type": "answer"}
    assert asked.url.startswith(FALLBACK)
    if method == "POST":
        assert asked.document == PARAMETERS | {"reason": "Connection refused.", "original_request": original}
    else:
        assert asked.query["reason"] == "Connection refused."
        assert json.loads(asked.query["original_request"]) == original
    assert [kept.kind for kept in sink.webhooks] == ["answer", "fallback"]


def test_both_fail() -> None:
    """When the fallback fails too, one sentence tells of both, and both are kept."""
    web, sink = ListedWeb(refused(URL), Answer(500, JSON_TYPE)), Sink()

    with pytest.raises(WebhookError) as caught:
        ask(web, sink, fallback=FALLBACK)

    sentence = str(caught.value)
    assert (
        sentence.index("nobody listens")
        < sentence.index("the fallback URL failed too")
        < sentence.index("500")
    )
    assert [(kept.kind, kept.problem is None) for kept in sink.webhooks] == [
        ("answer", False),
        ("fallback", False),
    ]


def test_a_good_answer_asks_no_fallback() -> None:
    """The fallback URL is left alone as long as the answer URL does its work."""
    web = ListedWeb(answer_of(NCCO))
    assert ask(web, Sink(), fallback=FALLBACK) == NCCO
    assert len(web.asked) == 1
