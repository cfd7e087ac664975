"""
The states of a call, and the one table that says how they follow each other. Nothing else.

::

    OPENED ──heard──▶ TALKING ──close──▶ CLOSING ──lost──▶ ENDED
      │                  │                                   ▲
      ├──close──▶ CLOSING└───────────────lost────────────────┤
      └─────────────────────────────lost─────────────────────┘

* ``OPENED``: the WebSocket stands, the peer has not said anything. Bounded by ``first_message_timeout``.
* ``TALKING``: a first message came, of either kind. Bounded by ``idle_timeout``, which pongs feed.
* ``CLOSING``: we have sent a Close frame, or given the connection up; nothing is sent to the peer any more.
  Bounded by ``close_timeout``, then by the transport's own linger.
* ``ENDED``: the connection is gone. The provider often goes without a Close frame, so every state leads here.
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where a call stands."""

    OPENED = "opened"
    TALKING = "talking"
    CLOSING = "closing"
    ENDED = "ended"


class Step(Enum):
    """What moves a call on."""

    HEARD = "heard"  # the first message, of either kind
    CLOSE = "close"
    LOST = "lost"


#: States in which the call speaks and listens.
LIVE = (State.OPENED, State.TALKING)

#: (state, step) -> state. A pair that is missing cannot happen and is a bug of ours.
TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.OPENED, Step.HEARD): State.TALKING,
    (State.OPENED, Step.CLOSE): State.CLOSING,
    (State.OPENED, Step.LOST): State.ENDED,
    (State.TALKING, Step.CLOSE): State.CLOSING,
    (State.TALKING, Step.LOST): State.ENDED,
    (State.CLOSING, Step.LOST): State.ENDED,
}
