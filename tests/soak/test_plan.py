"""What comes when in a soak."""

from __future__ import annotations

from soak.plan import Plan, hostiles

NAMES = tuple("abcdefg")


def test_an_hour_has_a_call_a_second_and_a_hundred_at_a_time() -> None:
    """3,600 calls of 100 s; the warm-up is twice that long."""
    plan = Plan(60)
    assert (plan.calls, plan.lasts * plan.rate, plan.warm_up) == (3600, 100, 200)


def test_one_call_in_a_hundred_is_hostile() -> None:
    """Within the time of the soak, in the order of their moments."""
    drawn = hostiles(Plan(60), NAMES)
    moments = [each.at for each in drawn]
    assert len(drawn) == 36
    assert moments == sorted(moments)
    assert 0 <= moments[0] <= moments[-1] <= 3600


def test_each_attack_comes_once_before_any_comes_again() -> None:
    """However they are drawn."""
    drawn = [each.name for each in hostiles(Plan(60), NAMES)]
    assert set(drawn[:7]) == set(drawn[7:14]) == set(NAMES)


def test_the_same_seed_draws_the_same() -> None:
    """And another one something else."""
    assert hostiles(Plan(60), NAMES) == hostiles(Plan(60), NAMES)
    assert hostiles(Plan(60, seed=2), NAMES) != hostiles(Plan(60), NAMES)


def test_even_a_short_one_has_a_call_and_a_hostile_one() -> None:
    """A plan of a moment is one, too."""
    plan = Plan(0.001)
    assert plan.calls == len(hostiles(plan, NAMES)) == 1
