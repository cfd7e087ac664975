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


def as_lines(problem: str | None, rows: Sequence[Row], screen: Screen, *, quiet: bool = False) -> list[Line]:
    """Write the table, and what it comes to; ``quiet`` for what failed alone."""
    if problem is not None:
        return folded([("no call: ", "bold red")], problem, screen)
    width = max(len(row.name) for row in rows)
    shown = [row for row in rows if not quiet or row.passed is False]
    lines = [line for row in shown for line in _row(row, width, screen)]
    return lines if quiet else [*lines, [], _sum(rows)]


def _row(row: Row, width: int, screen: Screen) -> list[Line]:
    word, style = _WORDS[row.passed]
    return folded([(f"{row.name:{width}}  ", ""), (f"{word:9}  ", style)], row.sentence, screen)


def _sum(rows: Sequence[Row]) -> Line:
    counted = [(sum(row.passed is state for row in rows), word) for state, (word, _) in _WORDS.items()]
    return [(", ".join(f"{count} {word}" for count, word in counted if count), "bold")]


def as_document(url: str, problem: str | None, exit_status: int, rows: Sequence[Row]) -> dict[str, Any]:
    """
    Make the object that ``--json`` prints.

    Its keys are ``url``, ``passed``, ``exit_status``, ``problem`` (or null) and ``faults``: of each ``name``,
    ``passed`` (null if it was not tried) and ``sentence``.
    """
    return {
        "url": url,
        "passed": exit_status == 0,
        "exit_status": exit_status,
        "problem": problem,
        "faults": [{"name": row.name, "passed": row.passed, "sentence": row.sentence} for row in rows],
    }
