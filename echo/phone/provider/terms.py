"""What a walk through an NCCO needs and brings: the world around it, its terms, a socket's outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from echo.phone.provider.answer import Ncco
from echo.untrusted import Json


class By(Enum):
    """Who ended a socket, or kept it from being opened."""

    CALLER = "caller"
    APPLICATION = "application"
    API = "api"
    PROVIDER = "provider"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Outcome:
    """
    What became of a socket.

    Attributes:
        by: ``CALLER`` hung up, and ``PROVIDER`` cut the call off: there is nobody left to go on for.
            ``APPLICATION`` closed, or its connection broke: the call goes on. ``API``: the application ended the
            leg through the REST API, so that the call goes on without ``disconnected``. ``NOBODY``: it was never
            opened.
        reason: one sentence, printable as it is; needed where ``by`` is ``NOBODY``.
        timed_out: it was not opened because nobody answered.
        pressed: how many keys the caller pressed on it.
    """

    by: By
    reason: str = ""
    timed_out: bool = False
    pressed: int = 0


@dataclass(frozen=True)
class SocketLeg:
    """
    A socket that is to be opened.

    Attributes:
        uuid: the leg's name.
        limit: the seconds after which the provider ends it; ``None`` for never, where no NCCO opens it.
        opened: to be called when the first text message was sent.
        keys_left: how many of the caller's keys were not pressed yet, from the end; those are pressed here.
        resumes: it takes the place of one that was lost: the caller goes on where that one broke off.
    """

    uuid: str
    limit: float | None
    opened: Callable[[], None]
    keys_left: int = 0
    resumes: bool = False


class Answered(Enum):
    """When the ``answered`` event of a socket leaves."""

    WITH_FIRST_TEXT = "with the first text"
    BEFORE_SOCKET = "before the socket"
    AFTER_SOCKET = "after the socket"


class Reports(Protocol):
    """Who sends events; :class:`echo.phone.provider.webhooks.Events` does."""

    def tell(self, url: str | None, method: str, document: Mapping[str, Json]) -> None:
        """Send an event whose answer does not matter, some time."""
        ...

    async def ask(self, url: str | None, method: str, document: Mapping[str, Json]) -> Ncco | None:
        """Send an event and take the NCCO that is answered, if one is."""
        ...

    async def settled(self) -> None:
        """Wait until what was told has arrived or failed."""
        ...


class Around(Protocol):
    """What a walk needs of the world around it."""

    async def open_socket(self, endpoint: dict[str, Json], leg: SocketLeg) -> Outcome:
        """Open a socket, tell when it is open, and return when it is over."""
        ...

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def now(self) -> float:
        """Tell the time in seconds since 1970."""
        ...

    def step(self, line: str) -> None:
        """Take one line of what happens, printable as it is."""
        ...


@dataclass(frozen=True)
class Terms:
    """
    How a walk is to be done.

    Attributes:
        event_url: where events go that no action sends elsewhere; ``None`` for nowhere.
        event_method: POST or GET.
        keys: what the caller presses, from ``0-9*#``: each goes to the ``input`` or the socket that takes it first.
        longest_wait: the most seconds that a ``wait`` takes.
        answered: when the ``answered`` event of a socket leaves.
        new_uuid: names legs and recordings.
        direction: whether the call came in or was placed: ``inbound`` or ``outbound``.
        alone: it is a socket that was called, and nobody else: there is no other leg whose events are told.
    """

    new_uuid: Callable[[], str]
    event_url: str | None = None
    event_method: str = "POST"
    keys: str = ""
    longest_wait: float = 10.0
    answered: Answered = Answered.WITH_FIRST_TEXT
    direction: str = "inbound"
    alone: bool = False


@dataclass
class Walked:
    """
    What became of a call.

    Attributes:
        outcomes: of its sockets, in order.
        followed: actions that were followed.
        problem: why no socket was ever open, one sentence; ``None`` where one was.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    followed: int = 0
    problem: str | None = None
