"""The events of a call: their order, their answers, and that none of them outlives the call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from echo.phone.provider.answer import Ncco
from echo.phone.provider.exchange import Answer, NoAnswerError
from echo.phone.provider.webhooks import Events
from tests.phone.provider.doubles import ListedWeb, Sink, answer_of, now, refused

URL = "http://app.test/events"
FALLBACK = "http://backup.test/answer"
NCCO: Ncco = [{"action": "talk", "text": "hello"}]
ASKED = {"status": "disconnected", "uuid": "u"}

OK = Answer(200, {"content-type": "text/html"}, b"OK", 0.1, 1)


class Stage:
    """Events with all that surrounds them."""

    def __init__(self, *answers: Answer | NoAnswerError | Deferred[Answer], **more: Any) -> None:
        self.web = ListedWeb(*answers)
        self.clock = Clock()
        self.sink = Sink()
        self.events = Events(self.web, self.clock, keep=self.sink.keep, step=self.sink.step, **more)

    def tell(self, *statuses: str, url: str | None = URL) -> None:
        """Tell some events."""
        for status in statuses:
            self.events.tell(url, "POST", {"status": status})

    def ask(self) -> Ncco | None:
        """Ask how to go on, where nothing has to be waited for."""
        return now(self.events.ask(URL, "POST", ASKED))

    @property
    def sent(self) -> list[str]:
        """The statuses that left, in order."""
        return [asked.document["status"] for asked in self.web.asked]

    @property
    def kept(self) -> list[tuple[str, str, int | None, bool]]:
        """What became of each webhook: kind, status, HTTP status, and whether it is fine."""
        return [(each.kind, each.status, each.http, each.problem is None) for each in self.sink.webhooks]


def test_an_event_is_posted_and_kept() -> None:
    """An event whose answer does not matter is fine with any answer of status 200."""
    stage = Stage(OK)
    stage.tell("ringing")
    assert stage.web.asked[0].document == {"status": "ringing"}
    assert stage.web.asked[0].times == (1.0, 10.0, 2)
    assert stage.kept == [("event", "ringing", 200, True)]


def test_an_event_may_be_a_query() -> None:
    """An application that chose GET is told by query."""
    stage = Stage(OK)
    stage.events.tell(URL, "GET", {"status": "ringing"})
    assert stage.web.asked[0].query == {"status": "ringing"}


def test_events_leave_in_order_and_one_by_one() -> None:
    """The next event leaves when the one before was answered; telling never waits."""
    first: Deferred[Answer] = Deferred()
    stage = Stage(first, OK, OK)

    stage.tell("started", "ringing", "answered")
    assert stage.sent == ["started"]
    first.callback(OK)

    assert stage.sent == ["started", "ringing", "answered"]
    assert [status for _, status, _, _ in stage.kept] == stage.sent


def test_without_a_url_nothing_is_sent() -> None:
    """An application without an event URL is not told, and asked for nothing."""
    stage = Stage()
    stage.tell("started", url=None)
    assert now(stage.events.ask(None, "POST", ASKED)) is None
    assert stage.web.asked == []


@pytest.mark.parametrize(
    ("answer", "http", "told"),
    [
        (refused(URL), None, f"{URL}: nobody listens there"),
        (Answer(500), 500, f"{URL}: it answered 500"),
        (Answer(302, {"location": "/x"}), 302, "it redirects (302) to /x"),
    ],
)
def test_an_event_that_fails_is_kept_and_the_next_one_leaves(
    answer: Answer | NoAnswerError, http: int | None, told: str
) -> None:
    """A failure is noted with its sentence, and hinders nothing."""
    stage = Stage(answer, OK)
    stage.tell("started", "ringing")
    assert stage.kept == [("event", "started", http, False), ("event", "ringing", 200, True)]
    assert told in str(stage.sink.webhooks[0].problem)


def test_a_url_that_is_none_is_kept_as_a_problem() -> None:
    """An event URL out of an NCCO that cannot be asked is told, and ends nothing."""
    stage = Stage()
    stage.events.tell("mailto:x", "POST", {"status": "started"})
    assert now(stage.events.ask("mailto:x", "POST", ASKED)) is None
    assert [(http, fine) for _, _, http, fine in stage.kept] == [(None, False), (None, False)]


def test_an_ncco_is_the_answer() -> None:
    """An array of actions is the way to go on."""
    stage = Stage(answer_of(NCCO))
    assert stage.ask() == NCCO
    assert stage.kept == [("event", "disconnected", 200, True)]


@pytest.mark.parametrize("body", [b"", b"[]", b" [ ] \n", b"OK", b"{}", b"null", b'{"ok":true}', b"<html>"])
def test_no_ncco_lets_the_call_go_on(body: bytes) -> None:
    """Nothing, an empty array, or anything that is no array means: go on as you would."""
    stage = Stage(Answer(200, {"content-type": "text/html"}, body), fallback=FALLBACK)
    assert stage.ask() is None
    assert stage.kept == [("event", "disconnected", 200, True)]
    assert stage.sink.steps == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refused(URL), "nobody listens"),
        (Answer(503, attempts=2), "it answered 503"),
        (answer_of([{"action": "hangup"}]), '"hangup" is no action'),
        (Answer(200, {}, b'[{"action":'), "not JSON"),
        (answer_of(NCCO, content_type="text/html"), "Content-Type is text/html"),
    ],
)
def test_a_failure_without_a_fallback_lets_the_call_go_on(answer: Answer | NoAnswerError, told: str) -> None:
    """The failure is told and kept, and the call goes on."""
    stage = Stage(answer)
    assert stage.ask() is None
    assert [fine for *_, fine in stage.kept] == [False]
    assert told in stage.sink.steps[0]


def test_the_fallback_is_asked_with_the_event() -> None:
    """A failed event that may bring an NCCO is sent to the fallback URL, with its reason and where it was for."""
    stage = Stage(refused(URL), answer_of(NCCO), fallback=FALLBACK, fallback_method="POST")

    assert stage.ask() == NCCO

    asked = stage.web.asked[1]
    original = {"url": URL, "type": "event"}
    assert asked.url == FALLBACK
    assert asked.document == {**ASKED, "reason": "Connection refused.", "original_request": original}
    assert asked.times == (1.0, 5.0, 2)
    assert [kind for kind, *_ in stage.kept] == ["event", "fallback"]


def test_the_fallback_may_be_a_query() -> None:
    """By GET, which is the rule for answer URLs, the nested part is JSON text."""
    stage = Stage(refused(URL), answer_of([]), fallback=FALLBACK)
    assert stage.ask() is None
    assert json.loads(stage.web.asked[1].query["original_request"])["url"] == URL


def test_a_fallback_that_fails_lets_the_call_go_on() -> None:
    """Both failures are told and kept."""
    stage = Stage(refused(URL), refused(FALLBACK), fallback=FALLBACK)
    assert stage.ask() is None
    assert [fine for *_, fine in stage.kept] == [False, False]
    assert [line.split(":")[0] for line in stage.sink.steps] == ["event", "fallback"]


def test_a_question_waits_for_its_turn() -> None:
    """What was told before a question arrives before it."""
    first: Deferred[Answer] = Deferred()
    stage = Stage(first, answer_of(NCCO))
    stage.tell("completed")
    asking = Deferred.fromCoroutine(stage.events.ask(URL, "POST", ASKED))
    assert stage.sent == ["completed"]
    first.callback(OK)
    answers: list[Ncco | None] = []
    asking.addCallback(answers.append)
    assert answers == [NCCO]


def test_settled_waits_for_what_was_told() -> None:
    """Whoever wants an event to have arrived can wait for that."""
    first: Deferred[Answer] = Deferred()
    stage = Stage(first)
    stage.tell("answered")
    settled: list[None] = []
    Deferred.fromCoroutine(stage.events.settled()).addCallback(settled.append)
    assert settled == []
    first.callback(OK)
    assert settled == [None]


def test_finish_waits_for_what_is_under_way() -> None:
    """At the end of a call its events are waited for, and then nothing is left in the clock."""
    first: Deferred[Answer] = Deferred()
    stage = Stage(first)
    stage.tell("completed")
    finished: list[None] = []
    Deferred.fromCoroutine(stage.events.finish(5)).addCallback(finished.append)
    stage.clock.advance(4)
    assert finished == []

    first.callback(OK)

    assert finished == [None]
    assert stage.kept == [("event", "completed", 200, True)]
    assert stage.clock.getDelayedCalls() == []


def test_finish_gives_up_on_an_application_that_takes_no_event() -> None:
    """After its time nothing more is sent; what was on its way and what waited is kept as not taken."""
    cancelled: list[Deferred[Answer]] = []
    stage = Stage(Deferred(cancelled.append))
    stage.tell("answered", "completed")
    finished = Deferred.fromCoroutine(stage.events.finish(5))

    stage.clock.advance(5)

    assert finished.called
    assert len(cancelled) == 1
    assert stage.sent == ["answered"]
    assert sorted(stage.kept) == [("event", "answered", None, False), ("event", "completed", None, False)]
    assert {each.seconds for each in stage.sink.webhooks} == {5}
    assert "had to go" in str(stage.sink.webhooks[0].problem)
    assert all(each.cut_off for each in stage.sink.webhooks)
    assert stage.clock.getDelayedCalls() == []


def test_finish_can_be_cut_short() -> None:
    """Whoever cancels it, by a second Ctrl-C say, gives up on the events at once."""
    cancelled: list[Deferred[Answer]] = []
    stage = Stage(Deferred(cancelled.append))
    stage.tell("answered", "completed")
    finishing = Deferred.fromCoroutine(stage.events.finish(5))
    failures: list[Any] = []
    finishing.addErrback(failures.append)

    finishing.cancel()

    assert failures[0].check(CancelledError)
    assert (len(cancelled), len(stage.kept)) == (1, 2)
    assert stage.clock.getDelayedCalls() == []


def test_finish_has_nothing_to_wait_for() -> None:
    """A call whose events have all been answered is finished at once, as is one without events."""
    assert now(Stage().events.finish()) is None
    stage = Stage(OK)
    stage.tell("completed")
    assert now(stage.events.finish()) is None


def test_a_question_can_be_interrupted() -> None:
    """Whoever hangs up while an application thinks about its answer is not held, and the next turn is free."""
    stage = Stage(Deferred(), OK)
    asking = Deferred.fromCoroutine(stage.events.ask(URL, "POST", ASKED))
    failures: list[Any] = []
    asking.addErrback(failures.append)

    asking.cancel()
    stage.tell("completed")

    assert failures[0].check(CancelledError)
    assert stage.sent == ["disconnected", "completed"]


def test_a_bug_is_not_swallowed() -> None:
    """What goes wrong in sending and is no failure of the network comes out at the end."""
    stage = Stage()  # its web has no answer left
    stage.tell("started")
    with pytest.raises(IndexError):
        now(stage.events.finish())


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"dtmf": {}}, "input"),
        ({"speech": {}}, "input"),
        ({"payload": {}}, "notify"),
        ({"recording_url": ""}, "record"),
        ({"reason": ""}, "error"),
        ({"else": 1}, ""),
    ],
)
def test_events_without_a_status_have_a_name(document: Any, status: str) -> None:
    """A webhook is kept under the name of its kind where it has no status."""
    stage = Stage(OK)
    stage.events.tell(URL, "POST", document)
    assert stage.kept == [("event", status, 200, True)]
