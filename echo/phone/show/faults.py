"""The list of faults, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from echo.phone.show.screen import Screen
from echo.phone.show.writing import Line, folded


class Fault(Protocol):
    """What is shown of a fault."""

    @property
    def name(self) -> str:
        """Its name, as ``--only`` takes it."""
        ...

    @property
    def does(self) -> str:
        """What happens, in one sentence."""
        ...

    @property
    def needs(self) -> str:
        """What it cannot be tried without; empty if nothing."""
        ...

    @property
    def should(self) -> str:
        """What a good application does about it, in one sentence."""
        ...


def as_lines(faults: Iterable[Fault], screen: Screen) -> list[Line]:
    """Write each fault on a few lines, with an empty one between two."""
    lines: list[Line] = []
    for fault in faults:
        lines += [[]] if lines else []
        lines.append([(fault.name, "bold")])
        lines += folded([("  ", "")], fault.does, screen)
        lines += folded([("  Good: ", "green")], fault.should, screen)
        if fault.needs:
            lines += folded([("  Needs ", "yellow")], f"{fault.needs}.", screen)
    return lines


def as_document(faults: Iterable[Fault]) -> dict[str, list[dict[str, str]]]:
    """Give the faults as one JSON object."""
    keys = ("name", "does", "should", "needs")
    return {"faults": [{key: getattr(fault, key) for key in keys} for fault in faults]}
