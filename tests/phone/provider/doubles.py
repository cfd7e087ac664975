"""Small stand-ins for what surrounds the provider's side: a web that answers by list, a sink, a clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from twisted.internet.defer import Deferred

from echo.phone.provider.answer import Ncco
from echo.phone.provider.exchange import Answer, NoAnswerError
from echo.phone.provider.identity import Identity
from echo.phone.provider.terms import By, Outcome, SocketLeg
from echo.phone.verdict.facts import Webhook
from echo.untrusted import Json

T = TypeVar("T")

#: 2026-11-22T12:00:00Z.
NOON = 1795348800.0

IDENTITY = Identity(
    from_="447700900123",
    to="442079460000",
    uuid="11111111-1111-4111-8111-111111111111",
    conversation_uuid="CON-22222222-2222-4222-8222-222222222222",
    leg="33333333-3333-4333-8333-333333333333",
    region_url="https://api.example",
)

JSON_TYPE = {"content-type": "application/json"}


def answer_of(value: object, status: int = 200, **headers: str) -> Answer:
    """An answer with ``value`` as JSON."""
    known = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, JSON_TYPE | known, json.dumps(value).encode(), 0.25, 1)


def now(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing, and tell its result; a failure is raised."""
    done: list[T] = []
    failed: list[BaseException] = []
    Deferred.fromCoroutine(work).addCallbacks(done.append, lambda failure: failed.append(failure.value))
    if failed:
        raise failed[0]
    assert done, "the coroutine waits for something"
    return done[0]


@dataclass
class Asked:
    """One request as it was sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    times: tuple[float, float, int]

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the URL."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def document(self) -> Any:
        """The body as JSON."""
        assert self.body is not None
        return json.loads(self.body)


class ListedWeb:
    """
    An ``Asks`` that answers from a list, in order; a Deferred of it is waited for, an exception raised.

    Attributes:
        asked: the requests, in order.
    """

    def __init__(self, *answers: Answer | NoAnswerError | Deferred[Answer]) -> None:
        self.asked: list[Asked] = []
        self._answers = list(answers)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        connect_timeout: float,
        read_timeout: float,
        tries: int,
    ) -> Answer:
        """Keep the request and answer with the next of the list."""
        self.asked.append(Asked(method, url, dict(headers), body, (connect_timeout, read_timeout, tries)))
        answer = self._answers.pop(0)
        if isinstance(answer, NoAnswerError):
            raise answer
        if isinstance(answer, Deferred):
            return await answer
        return answer


def refused(url: str = "http://app.test/") -> NoAnswerError:
    """What a web says of a port on which nobody listens."""
    return NoAnswerError(
        f"{url}: nobody listens there", reason="Connection refused.", attempts=1, seconds=0.1
    )


@dataclass
class Sink:
    """Keeps webhooks and steps."""

    webhooks: list[Webhook] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def keep(self, webhook: Webhook) -> None:
        """Keep a webhook."""
        self.webhooks.append(webhook)

    def step(self, line: str) -> None:
        """Keep a line."""
        assert line.isprintable()
        assert line.isascii()
        self.steps.append(line)


@dataclass
class RecordingReports:
    """
    A ``Reports`` that keeps what it was told; ``answers`` holds the NCCO for each status that is asked about.

    Attributes:
        told: (url, method, document) in order, asked or told.
        asked: the documents among them whose answer was waited for.
    """

    answers: dict[str, Ncco] = field(default_factory=dict)
    told: list[tuple[str | None, str, Mapping[str, Json]]] = field(default_factory=list)
    asked: list[Mapping[str, Json]] = field(default_factory=list)
    settlings: list[int] = field(default_factory=list)

    def tell(self, url: str | None, method: str, document: Mapping[str, Json]) -> None:
        """Keep an event."""
        self.told.append((url, method, document))

    async def ask(self, url: str | None, method: str, document: Mapping[str, Json]) -> Ncco | None:
        """Keep an event and answer it, once."""
        self.tell(url, method, document)
        self.asked.append(document)
        return self.answers.pop(kind(document), None)

    async def settled(self) -> None:
        """Keep how much had been told by then."""
        self.settlings.append(len(self.told))

    def kinds(self, uuid: str | None = None) -> list[str]:
        """What was told, in a word each; of one leg, or of all."""
        return [kind(doc) for _, _, doc in self.told if uuid is None or doc.get("uuid") == uuid]

    def last(self, what: str) -> Mapping[str, Json]:
        """The last event of a kind."""
        return [document for _, _, document in self.told if kind(document) == what][-1]


def kind(document: Mapping[str, Json]) -> str:
    """Name an event."""
    for key in ("status", "dtmf", "speech", "payload", "recording_url", "reason"):
        if key in document:
            return str(document[key]) if key == "status" else key
    return "unknown"


class Theatre:
    """
    An ``Around`` in which each socket has the outcome that a list says, and time passes when it is waited for.

    Attributes:
        steps: the lines that were told.
        sockets: endpoint and leg of each socket.
        waits: seconds of each wait.
        on_socket: is called as each socket is opened.
    """

    def __init__(self, *outcomes: Outcome) -> None:
        self.steps: list[str] = []
        self.sockets: list[tuple[dict[str, Json], SocketLeg]] = []
        self.waits: list[float] = []
        self.time = NOON
        self.on_socket: Callable[[], object] = list
        self._outcomes = list(outcomes)

    async def open_socket(self, endpoint: dict[str, Json], leg: SocketLeg) -> Outcome:
        """Open it unless it is to fail, let 10 s pass, and end it."""
        self.sockets.append((endpoint, leg))
        self.on_socket()
        outcome = self._outcomes.pop(0)
        if outcome.by is not By.NOBODY:
            leg.opened()
            self.time += 10
        return outcome

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.waits.append(seconds)
        self.time += seconds

    def now(self) -> float:
        """Tell the time."""
        return self.time

    def step(self, line: str) -> None:
        """Keep a line."""
        assert line.isprintable()
        assert line.isascii()
        self.steps.append(line)
