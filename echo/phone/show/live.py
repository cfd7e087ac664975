"""
What is shown while a call runs: a live line on a terminal, plain lines elsewhere.

Who makes the call tells a :class:`Watcher` each step as it happens, and about ten times a second how things
stand. Both go to standard error: standard output is for the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TextIO

from echo.phone.show.meters import clock, level_style, meter, milliseconds
from echo.phone.show.screen import Screen, look
from echo.phone.show.writing import Line, console, plain, rich_text, visible, write, written

if TYPE_CHECKING:
    from rich.live import Live

#: The width of a level's meter, without its marks.
_CELLS = 8


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    How a call stands.

    Attributes:
        elapsed: seconds since the socket was opened.
        duration: seconds that the caller talks; ``None`` while nobody knows.
        said_level: dBFS of what is said.
        heard_level: dBFS of what is heard.
        round_trip: the last one, in seconds; ``None`` while nothing has come back.
        queue: frames that wait to be played.
        frames_out: frames that were said.
        frames_in: messages of audio that came.
        lost: frames that were said and skipped by what came back.
        state: one word: what the phone is doing.
    """

    elapsed: float
    duration: float | None
    said_level: float
    heard_level: float
    round_trip: float | None
    queue: int
    frames_out: int
    frames_in: int
    lost: int = 0
    state: str = "talking"


class Watcher(Protocol):
    """
    Who looks on while a call is made.

    Attributes:
        unwritten: a sentence for each file of the call that is not whole.
    """

    unwritten: list[str]

    def step(self, sentence: str) -> None:
        """Tell what has happened."""
        ...

    def tick(self, snapshot: Snapshot) -> None:
        """Tell how things stand; about ten times a second."""
        ...

    def done(self) -> None:
        """Tell that the call is over; may be told twice."""
        ...


class Nobody:
    """A watcher who looks away."""

    def __init__(self) -> None:
        self.unwritten: list[str] = []

    def step(self, sentence: str) -> None:
        """Ignore it."""

    def tick(self, snapshot: Snapshot) -> None:
        """Ignore it."""

    def done(self) -> None:
        """Ignore it."""


class PlainLines:
    """A line for each step, and none for what happens many times a second: for logs and pipes."""

    def __init__(self, stream: TextIO, screen: Screen) -> None:
        self.unwritten: list[str] = []
        self._stream = stream
        self._screen = screen

    def step(self, sentence: str) -> None:
        """Write it."""
        write([[(visible(sentence), "")]], self._stream, self._screen)

    def tick(self, snapshot: Snapshot) -> None:
        """Ignore it."""

    def done(self) -> None:
        """Nothing is left to be done."""


class LiveLine:
    """One line that is written over and over, with the steps above it; it goes when the call is over."""

    def __init__(self, stream: TextIO, screen: Screen) -> None:
        self.unwritten: list[str] = []
        self._screen = screen
        self._stream = stream
        self._console = console(stream, colour=screen.colour)
        self._live: Live | None = None

    def step(self, sentence: str) -> None:
        """Write it above the line."""
        with written(self._stream):
            self._console.print(rich_text([(_fit(visible(sentence), self._screen), "dim")]), soft_wrap=True)

    def tick(self, snapshot: Snapshot) -> None:
        """Write the line anew."""
        # Asked each time: a window may change its size. A full last column would make some terminals scroll.
        line = live_line(snapshot, self._console.width - 1, unicode=self._screen.unicode)
        with written(self._stream):  # a terminal may have gone
            self._started().update(rich_text(line), refresh=True)

    def done(self) -> None:
        """Take the line away and give the cursor back; another call may begin it anew."""
        live, self._live = self._live, None
        if live is not None:
            with written(self._stream):
                live.stop()

    def _started(self) -> Live:
        """Begin the line when there is something to show; it takes the cursor away."""
        if self._live is None:
            from rich.live import Live  # noqa: PLC0415

            # No thread of rich's: who makes the call says when. No redirection: nobody else writes meanwhile.
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self._live


def watcher(stream: TextIO, environ: Mapping[str, str], *, quiet: bool = False) -> Watcher:
    """Choose the watcher for a stream, usually standard error."""
    if quiet:
        return Nobody()
    screen = look(stream, environ)
    return LiveLine(stream, screen) if screen.moves else PlainLines(stream, screen)


def live_line(snapshot: Snapshot, columns: int, *, unicode: bool) -> Line:
    """Write how a call stands in so many columns; what matters least goes first when they are few."""
    parts = _parts(snapshot, unicode=unicode)
    order = ("time", "trip", "heard", "said", "queue", "lost", "state", "frames")  # most important first
    shown: set[str] = set()
    for name in order:
        if len(plain(_joined(parts, shown | {name}))) <= columns:
            shown.add(name)
    return _joined(parts, shown)


def _joined(parts: dict[str, Line], names: set[str]) -> Line:
    line: Line = []
    for name, part in parts.items():
        if name in names:
            line += [("  ", ""), *part] if line else part
    return line


def _parts(now: Snapshot, *, unicode: bool) -> dict[str, Line]:
    """Write all parts of the line, from left to right. Their widths stay, so that nothing jumps about."""
    end = f"/{clock(now.duration)}" if now.duration is not None else ""
    trip = "-" if now.round_trip is None else milliseconds(now.round_trip * 1000)
    return {
        "state": [(f"{visible(now.state):9}", "bold")],
        "time": [(f"{clock(now.elapsed)}{end}", "")],
        "said": _level("said", now.said_level, unicode=unicode),
        "heard": _level("heard", now.heard_level, unicode=unicode),
        "trip": [("trip ", "dim"), (f"{trip:>7}", "cyan")],
        "queue": [("queue ", "dim"), (f"{now.queue:<3}", "yellow" if now.queue > 50 else "")],
        "frames": [("frames ", "dim"), (f"{now.frames_out}/{now.frames_in}", "")],
        "lost": [("lost ", "dim"), (f"{now.lost}", "bold red" if now.lost else "")],
    }


def _level(word: str, level: float, *, unicode: bool) -> Line:
    return [(f"{word} ", "dim"), (meter(level, _CELLS, unicode=unicode), level_style(level))]


def _fit(text: str, screen: Screen) -> str:
    return text if screen.unicode else text.encode("ascii", "backslashreplace").decode()
