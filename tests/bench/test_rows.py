"""Rows and plans name what there is, and the command line knows them."""

from __future__ import annotations

import pytest

from bench.loading import Mode
from bench.rows import ROWS, Plan, shape_of
from bench.run import FULL, QUICK, is_full, parse, plan_of
from bench.servers import OURS, PEERS, YARDSTICK
from bench.short import SHORT


def test_each_row_is_on_servers_that_there_are() -> None:
    """The yardstick and ours among them."""
    for row in ROWS.values():
        assert set(row.peers) <= set(PEERS)
        assert {YARDSTICK, OURS} <= set(row.peers)


def test_the_full_plan_is_everything() -> None:
    """All rows, all servers, and it is what no option asks for."""
    assert set(FULL.rows) == set(ROWS)
    assert set(FULL.peers) == set(PEERS)
    assert is_full(parse([]))


@pytest.mark.parametrize(
    "words", [["--quick"], ["--rounds", "1"], ["--capacity", "echo"], ["--", "--when-slow", "pause"]]
)
def test_anything_else_is_not_published(words: list[str]) -> None:
    """Fewer rounds, or a daemon with options."""
    assert not is_full(parse(words))


def test_options_of_the_daemon_stand_behind_dashes() -> None:
    """And those before them change the plan."""
    options = parse(["--short", "--rows", "paced-20", "--seconds", "2", "--", "--when-slow", "pause"])
    assert options.options == ["--when-slow", "pause"]
    assert plan_of(options) == Plan(("paced-20",), SHORT.peers, SHORT.rounds, 2.0, SHORT.warmup)


def test_an_unknown_row_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    with pytest.raises(SystemExit):
        parse(["--rows", "paced-7"])
    assert "'paced-7' is not one of closed-100" in capsys.readouterr().err


def test_idle_calls_are_looked_at_briefly() -> None:
    """They change nothing any more; all others get the seconds of the plan."""
    assert shape_of(ROWS["idle-2000"], FULL).seconds == 1.0
    assert shape_of(ROWS["closed-100"], QUICK).seconds == QUICK.seconds
    assert shape_of(ROWS["closed-100"], QUICK).mode is Mode.CLOSED
