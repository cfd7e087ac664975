"""The list of calls: who is on, how the last ones ended, and when none is left."""

from __future__ import annotations

from echo.apps.echo import Echo
from echo.call.app import AppMaker
from echo.call.report import Ending
from echo.limits import STANDARD
from echo.registry import Registry
from tests.doubles import BrokenApps, Stage

HUNG_UP = Ending("provider", 1006, "hung up")


def enter(registry: Registry, make_app: AppMaker = Echo) -> Stage:
    """Let a call begin as the shell does."""
    stage = Stage(number=registry.next_number(), make_app=make_app)
    registry.add(stage.call)
    return stage


def leave(registry: Registry, stage: Stage, ending: Ending = HUNG_UP) -> None:
    """Let a call end as the shell does."""
    stage.call.lost(ending)
    registry.remove(stage.call)


def test_numbers_count_from_one() -> None:
    """Calls are numbered in order, and a number is never used again."""
    registry = Registry()
    first = enter(registry)
    leave(registry, first)
    second = enter(registry)
    assert (first.call.number, second.call.number, registry.ever) == (1, 2, 2)


def test_a_call_comes_and_goes() -> None:
    """A call is live under its number until it ends; then its report is among the ends."""
    registry = Registry()
    one, two = enter(registry), enter(registry)
    assert registry.live == {1: one.call, 2: two.call}
    one.hear()
    leave(registry, one)
    assert registry.live == {2: two.call}
    (report,) = registry.ended
    assert (report.number, report.frames_in, report.ending, report.state) == (1, 1, HUNG_UP, "ended")


def test_only_recent_ends_are_kept() -> None:
    """However many calls there have been, the list of ends stays short, the newest last."""
    registry = Registry()
    for _ in range(STANDARD.records_kept + 5):
        leave(registry, enter(registry))
    assert [report.number for report in registry.ended] == list(range(6, STANDARD.records_kept + 6))
    assert registry.ever == STANDARD.records_kept + 5
    assert not registry.live


def test_an_end_is_forgotten_after_an_hour() -> None:
    """Who called is told to nobody for longer, and not even kept when the next call ends."""
    registry = Registry()
    first, second, third = (enter(registry) for _ in range(3))
    leave(registry, first)
    second.clock.advance(STANDARD.records_kept_for)
    leave(registry, second)
    assert [report.number for report in registry.recent(second.clock.now)] == [1, 2]

    assert [report.number for report in registry.recent(second.clock.now + 1)] == [2]
    third.clock.advance(3 * STANDARD.records_kept_for)
    leave(registry, third)
    assert [report.number for report in registry.ended] == [3]


def test_all_calls_are_added_up() -> None:
    """Sums go on as calls end: none is lost between the list of the live and that of the ended."""
    registry = Registry()
    one, two = enter(registry), enter(registry)
    for stage in (one, two, two):
        stage.hear()
    before = registry.totals()
    leave(registry, two)
    after = registry.totals()

    assert (before.frames_in, after.frames_in) == (3, 3)
    assert (before.ended["provider"], after.ended["provider"]) == (0, 1)


def test_a_broken_app_leaves_the_list_as_others_do() -> None:
    """An app that cannot even begin, or fails as it ends, costs the list nothing."""
    registry = Registry()
    fine = enter(registry)
    for stage in [enter(registry, BrokenApps(where)) for where in ("__init__", "ended")]:
        leave(registry, stage)
    assert registry.live == {1: fine.call}
    assert [report.ending for report in registry.ended] == [Ending("echo", 1011, "internal error"), HUNG_UP]


def test_empty_is_told_at_once_without_calls() -> None:
    """Who waits for the last call to end does not wait when there is none."""
    told: list[str] = []
    Registry().when_empty(lambda: told.append("now"))
    assert told == ["now"]


def test_empty_is_told_once_after_the_last_call() -> None:
    """Everyone who waits is told as the last call ends, and not again."""
    registry = Registry()
    one, two = enter(registry), enter(registry)
    told: list[str] = []
    registry.when_empty(lambda: told.append("a"))
    registry.when_empty(lambda: told.append("b"))
    leave(registry, one)
    assert told == []
    leave(registry, two)
    assert told == ["a", "b"]
    leave(registry, enter(registry))
    assert told == ["a", "b"]


def test_the_one_that_is_silent_for_longest_is_found() -> None:
    """Only those count that have said nothing yet and are still on, in the order in which they began."""
    registry = Registry()
    gone, speaking, first, second = (enter(registry) for _ in range(4))
    leave(registry, gone)
    speaking.hear()

    assert registry.silent_beyond(2) is None
    assert registry.silent_beyond(1) is first.call
    first.hear()
    assert registry.silent_beyond(1) is None
    assert registry.silent_beyond(0) is second.call
