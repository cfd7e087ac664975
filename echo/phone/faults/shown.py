"""How a torture is shown: a table for people, an object for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from echo.phone.show.screen import Screen
from echo.phone.show.writing import Line, folded


class Row(Protocol):
    """A row of the table: :class:`echo.phone.faults.trials.Result`."""

    @property
    def name(self) -> str:
        """Of the fault."""
        ...

    @property
    def passed(self) -> bool | None:
        """``None`` if it was not tried."""
        ...

    @property
    def sentence(self) -> str:
        """What happened."""
        ...


_WORDS: Final[dict[bool | None, tuple[str, str]]] = {
    True: ("passed", "green"),
    False: ("failed", "bold red"),
    None: ("not tried", "dim"),
}


class Outcome(Protocol):
    """What became of all of it: :class:`echo.phone.faults.torture.Torture`."""

    @property
    def problem(self) -> str | None:
        """Why there was no call."""
        ...

    @property
    def results(self) -> Sequence[Row]:
        """The rows."""
        ...

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped it before everything was tried."""
        ...

    @property
    def exit_status(self) -> int:
        """That of the command."""
        ...


def row_lines(row: Row, width: int, screen: Screen) -> list[Line]:
    """Write a row of the table; its names are ``width`` wide."""
    word, style = _WORDS[row.passed]
    return folded([(f"{row.name:{width}}  ", ""), (f"{word:9}  ", style)], row.sentence, screen)


def last_lines(outcome: Outcome, screen: Screen, *, quiet: bool = False) -> list[Line]:
    """Write what stands below the table: what it comes to, or why there is none; ``quiet`` for the latter alone."""
    if outcome.problem is not None:
        return folded([("no call: ", "bold red")], outcome.problem, screen)
    broken_off = [_INTERRUPTED] if outcome.interrupted else []
    return broken_off if quiet else [[], _sum(outcome.results), *broken_off]


_INTERRUPTED: Final[Line] = [("interrupted: what was not tried has not passed", "bold yellow")]


def _sum(rows: Sequence[Row]) -> Line:
    counted = [(sum(row.passed is state for row in rows), word) for state, (word, _) in _WORDS.items()]
    return [(", ".join(f"{count} {word}" for count, word in counted if count), "bold")]


def as_document(url: str, outcome: Outcome) -> dict[str, Any]:
    """
    Make the object that ``--json`` prints.

    Its keys are ``url``, ``passed``, ``exit_status``, ``problem`` (or null), ``interrupted`` and ``faults``: of each
    ``name``, ``passed`` (null if it was not tried) and ``sentence``.
    """
    return {
        "url": url,
        "passed": outcome.exit_status == 0,
        "exit_status": outcome.exit_status,
        "problem": outcome.problem,
        "interrupted": outcome.interrupted,
        "faults": [
            {"name": row.name, "passed": row.passed, "sentence": row.sentence} for row in outcome.results
        ],
    }
