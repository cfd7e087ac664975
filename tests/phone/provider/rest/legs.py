"""A leg that notes what it is asked to do, and lines to it."""

from __future__ import annotations

from collections.abc import Mapping

from echo.phone.provider.rest.switchboard import Line
from echo.untrusted import Json

UUID = "63f61863-4a51-4f6b-86e1-46edebcf9356"
CONVERSATION = "CON-f972836a-550f-45fa-956c-12a2ab5b7d22"


class NotedLeg:
    """
    Does nothing, and says what it would have done.

    Attributes:
        done: a word for each, with what came with it.
    """

    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []

    def hang_up(self) -> None:
        """Note it."""
        self.done.append(("hang up",))

    def transfer(self, ncco: Json, url: str | None) -> None:
        """Note it."""
        self.done.append(("transfer", ncco, url))

    def mute(self, *, on: bool) -> None:
        """Note it."""
        self.done.append(("mute", on))

    def earmuff(self, *, on: bool) -> None:
        """Note it."""
        self.done.append(("earmuff", on))

    def play(self, what: str | None) -> None:
        """Note it."""
        self.done.append(("play", what))

    def press(self, digits: str) -> None:
        """Note it."""
        self.done.append(("press", digits))


def line_of(leg: NotedLeg, status: str = "answered") -> Line:
    """A line to a leg."""
    to: Mapping[str, Json] = {"type": "phone", "number": "447700900123"}
    from_: Mapping[str, Json] = {"type": "phone", "number": "447700900124"}
    return Line(leg, UUID, CONVERSATION, to, from_, status=status)
