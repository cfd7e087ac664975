"""The outcome of one check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """
    One thing that was looked at.

    Attributes:
        name: stable, as in ``frame-size``.
        passed: ``None`` if it was not tried, or is only told.
        sentence: what the caller notices and what to change; or what was found to be in order.
    """

    name: str
    passed: bool | None
    sentence: str


def untried(name: str, why: str) -> Check:
    """Tell why something was not judged."""
    return Check(name, None, f"Not tried: {why}.")


def see(name: str, cause: str) -> Check:
    """Point to the check that explains this one too, so that one mistake is told once."""
    return untried(name, f"see {cause}")
