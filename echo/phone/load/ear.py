"""How a call of many is heard: as any other, without a closer look at the sound, which costs more than the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from echo.audio.format import AudioFormat
from echo.phone.listening.content import Content
from echo.phone.listening.echoes import Echoes
from echo.phone.listening.far_end import FarEnd
from echo.phone.listening.hearing import Hearing
from echo.phone.load.histogram import Histogram

#: Altered frames that are looked for in the other calls; each costs a look at all of them.
SEARCHED: Final = 1000

#: Is told of a frame that the call did not say.
Notice = Callable[[bytes], None]


class Bystander(Content):
    """Measures no level and looks for no mistakes in what is heard; only passes on what was never said."""

    __slots__ = ("_notice",)

    def __init__(self, audio: AudioFormat, notice: Notice) -> None:
        super().__init__(audio)
        self._notice = notice

    def said(self, frame: bytes) -> None:
        """Keep nothing."""

    def played(self, frame: bytes) -> None:
        """Measure nothing."""

    def foreign(self, index: int, payload: bytes, echoes: Echoes) -> None:  # noqa: ARG002  as it is called
        """Pass it on."""
        self._notice(payload)


def listen(audio: AudioFormat, far_end: FarEnd, began: float, notice: Notice) -> Hearing:
    """Make what hears one of many calls; for a third of the time that a single call takes for it."""
    hearing = Hearing(audio, far_end, began)
    hearing.content = Bystander(audio, notice)
    return hearing


def take_trips(hearing: Hearing, trips: Histogram) -> None:
    """Move the round trips that were measured out of a call: it would keep them all."""
    measured = hearing.echoes.trips
    while measured:
        trips.add(measured.pop())


class Crossings:
    """
    Finds out whether frames that come back altered were said in another call.

    Attributes:
        found: how many were, of the first ``SEARCHED`` that were looked for.
    """

    def __init__(self) -> None:
        self.found = 0
        self._searched = 0
        self._calls: dict[Echoes, None] = {}

    def join(self, echoes: Echoes) -> None:
        """Take part: what this call says is found."""
        self._calls[echoes] = None

    def leave(self, echoes: Echoes) -> None:
        """Take part no more; may be told twice."""
        self._calls.pop(echoes, None)

    def look(self, payload: bytes) -> None:
        """Look for a frame in all calls that are up."""
        if self._searched < SEARCHED:
            self._searched += 1
            self.found += any(echoes.knows(payload) for echoes in self._calls)
