"""Loads for tests: figures filled by hand, as calls would fill them."""

from __future__ import annotations

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.load.counts import Usage
from echo.phone.load.ear import listen, take_trips
from echo.phone.load.figures import Figures
from echo.phone.load.terms import Terms

AUDIO = AudioFormat(16000)
TERMS = Terms("ws://host/socket", calls=2, rate=10.0, lasts=(10.0, 2.0), talked="the built-in signal")


def figures() -> Figures:
    """Figures of a process that began at second 100 and has used nothing."""
    return Figures(Usage(100.0, 0.0, 0.0))


def open_call(counted: Figures, *, at: float = 100.0) -> Hearing:
    """Let a call begin and be up."""
    counted.begun += 1
    hearing = listen(AUDIO, DOCUMENTED, at, counted.crossings.look)
    counted.opened(hearing)
    counted.upgrade.add(0.012)
    return hearing


def talk(counted: Figures, hearing: Hearing, frames: int, *, trip: float = 0.004, lost: int = 0) -> None:
    """Say so many frames, of which all but the first ``lost`` come back; the next call of this goes on."""
    first = hearing.echoes.said_count
    signal = Numbered(AUDIO, counted.connected)
    for index in range(first, first + frames):
        now = hearing.began + index * 0.02
        hearing.said(signal.frame(index), now)
        counted.late.add(0.0005)
        if index >= first + lost:
            hearing.heard(signal.frame(index), 1, now + trip)
            take_trips(hearing, counted.trips)


def ended_load(*, frames: int = 100, lost: int = 0, cpu: float = 5.0, waited: float | None = 0.0) -> Figures:
    """A load of one call of 20 s that was completed."""
    counted = figures()
    hearing = open_call(counted)
    talk(counted, hearing, frames // 2, lost=lost)
    counted.close_interval(Usage(110.0, cpu / 2, waited and waited / 2))
    talk(counted, hearing, frames - frames // 2)
    counted.ended(hearing, "completed", "")
    counted.close_interval(Usage(120.0, cpu, waited))
    return counted
