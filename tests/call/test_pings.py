"""Our pings: which pong answers which of them, and how long it took."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.call.pings import BOUNDS, MOST_UNDER_WAY, Pings, RoundTrips
from tests.doubles import Stage


def test_a_pong_tells_how_long_its_ping_was_under_way() -> None:
    """The time is that from the ping with the same payload, and the latest one is kept."""
    pings = Pings()
    pings.begin(b"a", 100.0)
    pings.begin(b"b", 120.0)

    assert pings.end(b"a", 120.5) == 20.5
    assert pings.end(b"b", 120.75) == 0.75
    assert pings.latest == 0.75


@pytest.mark.parametrize("payload", [b"", b"c", b"aa"])
def test_a_pong_that_answers_nothing_tells_nothing(payload: bytes) -> None:
    """One that nobody asked for leaves the pings under way as they were."""
    pings = Pings()
    pings.begin(b"a", 100.0)

    assert pings.end(payload, 101.0) is None
    assert pings.latest is None
    assert pings.end(b"a", 102.0) == 2.0


def test_a_ping_is_answered_once() -> None:
    """A pong that is repeated tells nothing more."""
    pings = Pings()
    pings.begin(b"a", 100.0)
    pings.end(b"a", 101.0)

    assert pings.end(b"a", 102.0) is None
    assert pings.latest == 1.0


def test_the_answer_to_the_newest_is_the_answer_to_all_before() -> None:
    """A peer may answer only the newest of several (RFC 6455 section 5.5.3); it will not come back to the others."""
    pings = Pings()
    for at, payload in enumerate((b"a", b"b", b"c")):
        pings.begin(payload, float(at))

    assert pings.end(b"b", 5.0) == 4.0
    assert pings.end(b"a", 6.0) is None
    assert pings.end(b"c", 6.0) == 4.0


@given(st.integers(MOST_UNDER_WAY + 1, 100))
def test_a_peer_that_answers_nothing_fills_nothing(sent: int) -> None:
    """However many pings are not answered, only the newest are remembered."""
    pings = Pings()
    for number in range(sent):
        pings.begin(b"%d" % number, float(number))

    assert len(pings._under_way) == MOST_UNDER_WAY
    assert pings.end(b"%d" % (sent - MOST_UNDER_WAY - 1), 1000.0) is None
    assert pings.end(b"%d" % (sent - 1), float(sent)) == 1.0


def test_round_trips_are_sorted_by_their_upper_bounds() -> None:
    """A bound belongs to what it bounds; what is beyond all of them has a place of its own."""
    trips = RoundTrips()
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] + 1e-9, BOUNDS[-1], BOUNDS[-1] + 1):
        trips.add(seconds)

    assert trips.counts == [2, 1, *[0] * (len(BOUNDS) - 3), 1, 1]
    assert trips.seconds == pytest.approx(2 * (BOUNDS[0] + BOUNDS[-1]) + 1)


def test_a_call_knows_its_round_trip() -> None:
    """The ping that is due after twenty seconds is answered in a quarter of one, and its report says so."""
    stage = Stage()
    stage.hear()
    assert stage.call.report().round_trip_ms is None
    stage.pass_time(20)

    assert stage.call.ponged(b"ping 1", stage.clock.advance(0.25)) == 0.25
    assert stage.call.report().round_trip_ms == 250.0


def test_a_ping_that_did_not_go_out_is_not_waited_for() -> None:
    """While a peer does not read, none is sent, so no pong can answer one."""
    stage = Stage()
    stage.hear()
    stage.connection.full = True
    stage.pass_time(20)

    assert stage.call.pings._under_way == {}
