"""Tests of echo.vonage.sending: when a request is sent again, with which token, and what is said in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from echo.errors import RestError
from echo.vonage import requests
from echo.vonage.endpoints import phone
from echo.vonage.patience import Patience
from echo.vonage.requests import NewCall, Request
from echo.vonage.sending import AT_ONCE, Sender
from echo.vonage.tokens import LIFE, ApplicationTokens
from echo.vonage.web import Said, UnansweredError
from tests.vonage.keys import APPLICATION, key

NOON = 1795348800.0
UUID = "63f61863-4a51-4f6b-86e1-46edebcf9356"
HANG_UP = requests.hang_up(UUID)
PLACE = requests.create(NewCall(to=phone("447700900123"), ncco=[{"action": "talk", "text": "a"}]))
PRESS = requests.press(UUID, "1")

#: Nobody was reached; nobody knows; nothing that a further try would mend.
REFUSED = UnansweredError("nobody listens there", is_lost=True, is_worth_another=True)
BROKEN = UnansweredError("it closed the connection", is_lost=False, is_worth_another=True)
DISTRUSTED = UnansweredError("its certificate is for another host", is_lost=False, is_worth_another=False)

Answer = Said | UnansweredError | Deferred[Said]


@dataclass
class Stage:
    """
    A sender, and a web that answers from a list.

    Attributes:
        answers: what it answers, in order.
        asked: method, URL, headers and body of each request.
        clock: the time.
    """

    answers: list[Answer]
    asked: list[tuple[str, str, dict[str, str], bytes | None]] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    drawn: int = 0
    patience: Patience = Patience()  # noqa: RUF009  it is frozen

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        connect_timeout: float,
        read_timeout: float,
    ) -> Said:
        """Answer the next one."""
        assert (connect_timeout, read_timeout) == (self.patience.connect, self.patience.read)
        self.asked.append((method, url, dict(headers), body))
        answer = self.answers.pop(0)
        if isinstance(answer, UnansweredError):
            raise answer
        return answer if isinstance(answer, Said) else await answer

    def random_bytes(self, count: int) -> bytes:
        """Other ones each time."""
        self.drawn += 1
        return self.drawn.to_bytes(count, "big")

    def sender(self) -> Sender:
        """The sender."""
        tokens = ApplicationTokens(
            APPLICATION, key(), now=lambda: NOON + self.clock.seconds(), random=self.random_bytes
        )
        return Sender(
            tokens=tokens,
            web=self,
            reactor=self.clock,
            now=lambda: NOON + self.clock.seconds(),
            random=lambda: 1.0,
        )

    def send(self, request: Request, region_url: str | None = None) -> Said | BaseException:
        """Send a request, however long it takes; what came of it."""
        done: list[Any] = []
        work = Deferred.fromCoroutine(self.sender().send(request, region_url))
        work.addCallbacks(done.append, lambda failure: done.append(failure.value))
        self.clock.pump([0.25] * 1000)
        (came,) = done
        return came  # type: ignore[no-any-return]

    @property
    def tokens(self) -> list[str]:
        """The tokens that were sent."""
        return [headers["authorization"] for _, _, headers, _ in self.asked]


def problem(came: Said | BaseException) -> RestError:
    """The error that came of a request."""
    assert isinstance(came, RestError)
    return came


def test_a_request_as_it_is_sent() -> None:
    """It goes to the usual address with a token, and its body is JSON."""
    stage = Stage([Said(204)])
    assert stage.send(HANG_UP) == Said(204)
    ((method, url, headers, body),) = stage.asked
    assert (method, url) == ("PUT", f"https://api.nexmo.com/v1/calls/{UUID}")
    assert json.loads(body or b"") == {"action": "hangup"}
    assert headers.pop("authorization").startswith("Bearer ey")
    assert headers.pop("user-agent").startswith("echo-voice/")
    assert headers == {"accept": "application/json", "content-type": "application/json"}


def test_a_request_without_a_document_has_no_body() -> None:
    """A GET or a DELETE brings nothing."""
    stage = Stage([Said(200)])
    stage.send(requests.stop_talk(UUID))
    assert stage.asked[0][3] is None


def test_the_region_of_a_call_is_asked() -> None:
    """Where it is the provider's, and nowhere else."""
    stage = Stage([Said(204), Said(204)])
    stage.send(HANG_UP, "https://api-us-3.vonage.com")
    stage.send(HANG_UP, "https://evil.example")
    assert [url for _, url, _, _ in stage.asked] == [
        f"https://api-us-3.vonage.com/v1/calls/{UUID}",
        f"https://api.nexmo.com/v1/calls/{UUID}",
    ]


@pytest.mark.parametrize(
    ("request_", "answer", "again"),
    [
        (HANG_UP, Said(429), True),
        (HANG_UP, Said(500), True),
        (HANG_UP, Said(502), True),
        (HANG_UP, Said(503), True),
        (HANG_UP, Said(504), True),
        (HANG_UP, REFUSED, True),
        (HANG_UP, BROKEN, True),
        (HANG_UP, DISTRUSTED, False),
        (HANG_UP, Said(302), False),
        (HANG_UP, Said(400), False),
        (HANG_UP, Said(403), False),
        (HANG_UP, Said(404), False),
        (PLACE, Said(429), True),
        (PLACE, Said(500), True),
        (PLACE, Said(503), True),
        (PLACE, REFUSED, True),
        (PLACE, Said(502), False),
        (PLACE, Said(504), False),
        (PLACE, BROKEN, False),
        (PLACE, DISTRUSTED, False),
        (PRESS, Said(429), True),
        (PRESS, BROKEN, False),
    ],
)
def test_what_is_sent_again(request_: Request, answer: Answer, *, again: bool) -> None:
    """Whatever may pass; but what may have been done is done twice only where that does no harm."""
    stage = Stage([answer, Said(200)])
    came = stage.send(request_)
    assert (came == Said(200)) is again
    assert len(stage.asked) == 1 + again


def test_it_is_given_up_in_the_end() -> None:
    """Four times in all, and the sentence says so; a second later each time than the time before."""
    stage = Stage([Said(503)] * 9)
    error = problem(stage.send(HANG_UP))
    assert str(error) == f"could not hang up {UUID}: it answered 503 (it failed) (4 tries)"
    assert (error.status, error.attempts) == (503, 4)


def test_when_it_is_sent_again() -> None:
    """After half a second, one, two."""
    stage = Stage([Said(503)] * 4)
    failed = Deferred.fromCoroutine(stage.sender().send(HANG_UP))
    failed.addErrback(lambda _: None)
    at = []
    for _ in range(40):
        at.append(len(stage.asked))
        stage.clock.advance(0.125)
    assert [at.index(number) * 0.125 for number in (1, 2, 3, 4)] == [0, 0.5, 1.5, 3.5]


def test_what_retry_after_says_is_done() -> None:
    """It is asked again then, and not before."""
    stage = Stage([Said(429, {"retry-after": "5"}), Said(204)])
    work = Deferred.fromCoroutine(stage.sender().send(HANG_UP))
    stage.clock.advance(4.9)
    assert len(stage.asked) == 1
    stage.clock.advance(0.2)
    assert len(stage.asked) == 2
    assert work.called


def test_who_is_told_to_wait_for_too_long_gives_up() -> None:
    """Nobody on a call waits for an hour; the sentence tells what was asked for."""
    stage = Stage([Said(429, {"retry-after": "3600"})])
    told = str(problem(stage.send(HANG_UP)))
    assert told.endswith("(too many requests at a time); it asks for 3600 s of patience")


def test_a_token_serves_for_many_requests() -> None:
    """Until it is old."""
    stage = Stage([Said(204)] * 3)
    sender = stage.sender()
    for seconds in (0, 60, LIFE):
        stage.clock.advance(seconds)
        Deferred.fromCoroutine(sender.send(HANG_UP))
    first, second, third = stage.tokens
    assert first == second != third


def test_an_old_token_that_is_refused_is_replaced_once() -> None:
    """Our clock may have been put right; a new one that is refused as well is the end of it."""
    stage = Stage([Said(204), Said(401), Said(401), Said(401)])
    sender = stage.sender()
    Deferred.fromCoroutine(sender.send(HANG_UP))
    failed: list[Any] = []
    Deferred.fromCoroutine(sender.send(HANG_UP)).addErrback(failed.append)
    stage.clock.pump([0.25] * 20)
    first, second, third = stage.tokens
    assert first == second != third
    assert (failed[0].value.status, failed[0].value.attempts) == (401, 2)
    assert "it does not take our token" in str(failed[0].value)


def test_each_request_with_an_old_token_tries_a_new_one() -> None:
    """Though another one has been made meanwhile, for one that was refused before."""
    slow: list[Deferred[Said]] = [Deferred(), Deferred()]
    stage = Stage([Said(204), *slow, Said(204), Said(204)])
    sender = stage.sender()
    done: list[Any] = []
    Deferred.fromCoroutine(sender.send(HANG_UP))
    for _ in range(2):
        Deferred.fromCoroutine(sender.send(HANG_UP)).addBoth(done.append)
    for each in slow:
        each.callback(Said(401))
        stage.clock.pump([0.25] * 20)
    assert [said.status for said in done] == [204, 204]


def test_a_new_token_that_is_refused_is_not_replaced() -> None:
    """Another one like it would be refused as well."""
    stage = Stage([Said(401)])
    assert problem(stage.send(HANG_UP)).attempts == 1


def test_few_are_under_way_at_a_time() -> None:
    """A thousand calls that end at once do not open a thousand connections; each has its turn."""
    waiting: list[Deferred[Said]] = [Deferred() for _ in range(10)]
    stage = Stage(list[Answer](waiting))
    sender = stage.sender()
    for _ in waiting:
        Deferred.fromCoroutine(sender.send(HANG_UP))
    assert len(stage.asked) == AT_ONCE
    for one in waiting:
        one.callback(Said(204))
    assert len(stage.asked) == 10


def test_whoever_waits_to_try_again_keeps_nobody_else_waiting() -> None:
    """Its turn is over with each try."""
    stage = Stage([*[Said(503)] * AT_ONCE, Said(204)])
    sender = stage.sender()
    for _ in range(AT_ONCE + 1):
        Deferred.fromCoroutine(sender.send(HANG_UP)).addErrback(lambda _: None)
    assert len(stage.asked) == AT_ONCE + 1


@pytest.mark.parametrize(
    "before", [lambda stage: stage.clock.advance(0), lambda stage: stage.clock.advance(0.1)]
)
def test_it_can_be_cancelled(before: Callable[[Stage], None]) -> None:
    """While it is under way, or waits for its next try; nothing is sent after that, and no turn is lost."""
    stage = Stage([Said(503), Said(204)])
    sender = stage.sender()
    failed: list[Any] = []
    work = Deferred.fromCoroutine(sender.send(HANG_UP))
    work.addErrback(failed.append)
    before(stage)
    work.cancel()
    stage.clock.advance(60)
    assert len(stage.asked) == 1
    failed[0].trap(CancelledError)


def test_cancelled_requests_give_their_turns_back() -> None:
    """As many as there are turns are cancelled, and the next one is sent."""
    stage = Stage([*(Deferred[Said]() for _ in range(AT_ONCE)), Said(204)])
    sender = stage.sender()
    for _ in range(AT_ONCE):
        work = Deferred.fromCoroutine(sender.send(HANG_UP))
        work.addErrback(lambda _: None)
        work.cancel()
    last = Deferred.fromCoroutine(sender.send(HANG_UP))
    assert last.called


def test_no_sentence_holds_a_token() -> None:
    """Whatever went wrong."""
    for answer in (
        Said(401, {}, b'{"title": "no"}'),
        Said(500),
        BROKEN,
        Said(302, {"location": "https://h/"}),
    ):
        answers: list[Answer] = [answer] * 4
        stage = Stage(answers)
        told = str(problem(stage.send(HANG_UP)))
        assert stage.tokens[0].removeprefix("Bearer ") not in told
