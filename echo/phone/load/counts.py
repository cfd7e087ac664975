"""What is counted of calls: of one, of all, and of all during ten seconds."""

from __future__ import annotations

from dataclasses import dataclass, fields

from echo.phone.listening.hearing import Hearing


@dataclass
class Counts:
    """
    Counted in the audio of calls.

    Attributes:
        said: frames that left.
        returned: messages of audio that came.
        echoed: those of them that were frames said, each once.
        lost: frames that were said and did not come back; while a call lasts, those that a later one overtook.
        repeated: messages that had come back already.
        reordered: frames that came back after a later one.
        altered: messages that were never said, where others were.
        gaps: messages that came more than 60 ms after the one before.
        underruns: times that a caller's buffer ran empty between two pieces of audio.
        overflowed: messages that found the buffer full.
    """

    said: int = 0
    returned: int = 0
    echoed: int = 0
    lost: int = 0
    repeated: int = 0
    reordered: int = 0
    altered: int = 0
    gaps: int = 0
    underruns: int = 0
    overflowed: int = 0

    @classmethod
    def of(cls, hearing: Hearing, *, over: bool) -> Counts:
        """
        Count one call.

        Args:
            hearing: of the call.
            over: it was over before it ended: nothing was on its way any more.
        """
        echoes, arrivals = hearing.echoes, hearing.arrivals
        return cls(
            said=echoes.said_count,
            returned=arrivals.messages,
            echoed=echoes.matched,
            lost=echoes.lost if over else max(0, min(echoes.lost, echoes.skipped)),
            repeated=echoes.repeated,
            reordered=echoes.reordered,
            altered=echoes.altered,
            gaps=arrivals.gaps,
            underruns=hearing.playback.underruns,
            overflowed=hearing.playback.overflowed,
        )

    def add(self, other: Counts) -> None:
        """Add those of another call."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def since(self, before: Counts) -> Counts:
        """Tell what came to an earlier state; what was lost and came late after all is no less than nothing."""
        return Counts(
            *(max(0, getattr(self, each.name) - getattr(before, each.name)) for each in fields(self))
        )


@dataclass(frozen=True)
class Usage:
    """
    What the phone had of the machine since it began, in seconds.

    Attributes:
        at: when this was; by the clock of the calls.
        cpu: it ran so long, on all cores.
        waited: it was ready to run, and others did; ``None`` where the system does not tell.
    """

    at: float
    cpu: float
    waited: float | None = None

    def since(self, before: Usage) -> Usage:
        """Tell what came to an earlier state; ``at`` is the time between them."""
        waited = None if self.waited is None or before.waited is None else self.waited - before.waited
        return Usage(self.at - before.at, self.cpu - before.cpu, waited)

    @property
    def cpu_share(self) -> float:
        """How much of a core it took."""
        return self.cpu / self.at if self.at > 0 else 0.0

    @property
    def waited_share(self) -> float | None:
        """How much of the time it was kept waiting."""
        if self.waited is None:
            return None
        return self.waited / self.at if self.at > 0 else 0.0
