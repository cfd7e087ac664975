"""A load while it runs: a live line on a terminal, and elsewhere a plain line every ten seconds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from echo.phone.load.figures import Figures, Interval
from echo.phone.load.shown import interval_line, live_pieces
from echo.phone.load.terms import Terms
from echo.phone.show.screen import Screen, look
from echo.phone.show.writing import console, rich_text, write

if TYPE_CHECKING:
    from rich.live import Live


class Silent:
    """Shows nothing."""

    def interval(self, interval: Interval) -> None:
        """Ignore it."""

    def tick(self, elapsed: float, figures: Figures) -> None:
        """Ignore it."""

    def say(self, sentence: str) -> None:
        """Ignore it."""

    def done(self) -> None:
        """Nothing is left to be done."""


class Lines(Silent):
    """Shows a line for every ten seconds."""

    def __init__(self, stream: TextIO, screen: Screen) -> None:
        self._stream = stream
        self._screen = screen

    def interval(self, interval: Interval) -> None:
        """Write it."""
        self.say(interval_line(interval))

    def say(self, sentence: str) -> None:
        """Write a line."""
        write([[(sentence, "")]], self._stream, self._screen)


class LiveLine(Silent):
    """Shows one line that is written over and over, with those of the ten seconds above it."""

    def __init__(self, stream: TextIO, screen: Screen, terms: Terms) -> None:
        """Prepare; ``terms`` tell what is to come."""
        from rich.live import Live  # noqa: PLC0415  costs 60 ms

        self._terms = terms
        self._console = console(stream, colour=screen.colour)
        # No thread of rich's: it would come between the frames. No redirection: nobody else writes meanwhile.
        self._live: Live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._started = False

    def interval(self, interval: Interval) -> None:
        """Write it above the line."""
        self.say(interval_line(interval))

    def tick(self, elapsed: float, figures: Figures) -> None:
        """Write the line anew."""
        (p50, p99), (late,) = figures.trips.percentiles((50, 99)), figures.late.percentiles((99,))
        now = {"up": figures.up, "begun": figures.begun, "failed": figures.fates.failed}
        line = live_pieces(elapsed, self._terms, {**now, "p50": p50, "p99": p99, "late": late})
        with suppress(BrokenPipeError):
            if not self._started:
                self._live.start()
                self._started = True
            text = rich_text(line)
            text.truncate(self._console.width - 1)
            self._live.update(text, refresh=True)

    def say(self, sentence: str) -> None:
        """Write a line above the live one."""
        with suppress(BrokenPipeError):
            self._console.print(rich_text([(sentence, "dim")]), soft_wrap=True)

    def done(self) -> None:
        """Take the line away and give the cursor back."""
        if self._started:
            with suppress(BrokenPipeError):
                self._live.stop()
            self._started = False


def progress(stream: TextIO, environ: Mapping[str, str], terms: Terms, *, quiet: bool = False) -> Silent:
    """Choose what shows a load on a stream, usually standard error."""
    if quiet:
        return Silent()
    screen = look(stream, environ)
    return LiveLine(stream, screen, terms) if screen.moves else Lines(stream, screen)
