"""The list of faults, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from echo.phone.show.faults import as_document, as_lines
from echo.phone.show.screen import Screen
from echo.phone.show.writing import plain


@dataclass(frozen=True)
class Named:
    """A fault that does nothing."""

    name: str
    does: str = "Does nothing."
    should: str = "Do nothing."
    needs: str = ""


FAULTS = [Named("one"), Named("two", needs="--signature-secret")]


def test_lines() -> None:
    """A fault has its name, what it does, what a good application does, and what it cannot do without."""
    assert [plain(line) for line in as_lines(FAULTS, Screen())] == [
        "one",
        "  Does nothing.",
        "  Good: Do nothing.",
        "",
        "two",
        "  Does nothing.",
        "  Good: Do nothing.",
        "  Needs --signature-secret.",
    ]


def test_a_document() -> None:
    """Machines get the same as an object."""
    first, _second = as_document(FAULTS)["faults"]
    assert first == {"name": "one", "does": "Does nothing.", "should": "Do nothing.", "needs": ""}
