"""How a fault is tried: on a call, by a webhook, or by a handshake. Plain data; ``trials`` does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from echo.phone.faults.judging import STRICT, Tolerance
from echo.phone.line.manner import Manner
from echo.phone.provider.signing import Signer
from echo.phone.provider.terms import Answered


class Need(Enum):
    """What a fault cannot be tried without; the value is said to the person who wants it tried."""

    ANSWER_URL = "an answer URL"
    SECRET = "--signature-secret"  # noqa: S105  the name of an option
    TLS = "https:// or wss://"


@dataclass(frozen=True)
class OnCall:
    """
    A call on which the provider's side behaves in another way.

    Attributes:
        manner: makes that way.
        talk: how long the caller talks, in seconds.
        changes: what the order of the call has otherwise, by the names of :class:`CallOrder`.
        answered: when the ``answered`` event of the socket leaves.
        tolerance: what is not held against the application.
        beside: when an ordinary call is begun beside this one, in seconds; ``None`` for never.
        small_window: take little ahead of reading, so that what is not read is soon felt by the application.
    """

    manner: Callable[[], Manner] = Manner
    talk: float = 1.0
    changes: Mapping[str, Any] = field(default_factory=dict)
    answered: Answered = Answered.WITH_FIRST_TEXT
    tolerance: Tolerance = STRICT
    beside: float | None = None
    small_window: bool = False


@dataclass(frozen=True)
class Forged:
    """
    An answer request that is not to be believed, after one that is.

    Attributes:
        signer: signs it.
        what: the request, as in ``an unsigned request``.
        same_signer: let that signer sign the first one too: what is wrong comes of the repetition.
    """

    signer: type[Signer]
    what: str
    same_signer: bool = False


@dataclass(frozen=True)
class AskedTwice:
    """The same answer request, twice."""


@dataclass(frozen=True)
class SlowHandshake:
    """
    A TLS handshake of which the first message comes in small pieces, and a call beside it.

    Attributes:
        seconds: how long the pieces take.
        pieces: how many there are.
        patience: how long an answer may take after the last one, in seconds.
    """

    seconds: float = 3.0
    pieces: int = 12
    patience: float = 2.0


Way: TypeAlias = OnCall | Forged | AskedTwice | SlowHandshake
