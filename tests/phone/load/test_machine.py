"""Tests of echo.phone.load.machine: descriptors, the collector, and the account of what a load took."""

from __future__ import annotations

import gc
import resource
from pathlib import Path

import pytest

from echo.phone.load import machine
from echo.phone.load.machine import allow_descriptors, few_pauses, usage


def test_the_account_goes_up() -> None:
    """CPU that was used shows between two looks, and the time is the one that was given."""
    before = usage(1.0)
    while usage(2.0).cpu == before.cpu:
        sum(range(10_000))
    after = usage(2.0)
    assert after.since(before).at == 1.0
    assert after.since(before).cpu > 0


def test_a_system_that_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where nobody counts how long a process had to wait, that is not known; the rest is."""
    monkeypatch.setattr(machine, "_SCHEDULED", tmp_path / "schedstat")
    assert usage(1.0).waited is None
    (tmp_path / "schedstat").write_text("something else")
    assert usage(1.0).waited is None


class Limits:
    """The system's limits, in the place of the real ones."""

    def __init__(self, soft: int, hard: int) -> None:
        self.now = (soft, hard)

    def getrlimit(self, _which: int) -> tuple[int, int]:
        """Tell them."""
        return self.now

    def setrlimit(self, _which: int, limits: tuple[int, int]) -> None:
        """Set them."""
        self.now = limits


@pytest.mark.parametrize(
    ("soft", "hard", "calls", "after"),
    [
        (1024, 4096, 100, 1024),
        (1024, 4096, 2000, 2200),
        (1024, resource.RLIM_INFINITY, 5000, 5200),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 5000, resource.RLIM_INFINITY),
    ],
)
def test_descriptors_are_allowed_as_needed(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, calls: int, after: int
) -> None:
    """The limit is raised as far as it must be, never lowered."""
    limits = Limits(soft, hard)
    monkeypatch.setattr(resource, "getrlimit", limits.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", limits.setrlimit)
    assert allow_descriptors(calls) is None
    assert limits.now == (after, hard)


def test_too_few_descriptors_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system allows fewer, all of them are taken, and a sentence says what will happen."""
    limits = Limits(1024, 4096)
    monkeypatch.setattr(resource, "getrlimit", limits.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", limits.setrlimit)
    problem = allow_descriptors(5000)
    assert limits.now == (4096, 4096)
    assert problem is not None
    assert problem.startswith("5000 calls at once need 5200 open files, and 4096 are allowed (ulimit -Hn)")


def test_the_collector_is_as_before_afterwards() -> None:
    """A load changes the collector while it runs, and only then."""
    before = gc.get_threshold()
    with few_pauses():
        assert gc.get_threshold() != before
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
