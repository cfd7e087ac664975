"""What calls leave to their transports is done after the audio of all, and for a few milliseconds at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from echo.leisure import SECONDS
from echo.seats import HAS_EPOLL
from tests.room import Call, Room, many

pytestmark = pytest.mark.skipif(not HAS_EPOLL, reason="there is no epoll on this system")


def _busy(room: Room, count: int) -> tuple[list[Call], list[int]]:
    """Seat calls whose transports need half of the time that there is, each time they read, and their counts."""
    calls = [room.settled(straight=False) for _ in range(count)]
    work = [0] * count

    def make(at: int) -> Callable[[], None]:
        def read() -> None:
            work[at] += 1
            calls[at].transport.socket.recv(100)
            room.reactor.rightNow += SECONDS / 2

        return read

    for at, call in enumerate(calls):
        call.transport.doRead = make(at)  # type: ignore[method-assign]
    return calls, work


def _send(*calls: Call) -> None:
    for call in calls:
        call.peer.send(b"frame")


def test_what_transports_do_is_done_a_few_milliseconds_at_a_time(room: Room) -> None:
    """What is left is done at the next looks, and audio comes before."""
    calls, work = _busy(room, 5)
    heard = room.settled()
    for done in (2, 4, 5):
        _send(heard)
        _send(*(call for call, times in zip(calls, work, strict=True) if not times))
        room.turns.doRead()
        assert sum(work) == done
    assert work == [1] * 5
    assert [data for data, _ in heard.received] == [b"frame", b"frame", b"frame"]


def test_who_has_waited_comes_before_whoever_is_ready_again(room: Room) -> None:
    """So nobody waits for ever while others never stop."""
    calls, work = _busy(room, 6)
    for _ in range(3):
        _send(*calls)
        room.turns.doRead()
    assert work == [1] * 6


def test_while_anything_is_left_the_next_look_follows_at_once(room: Room) -> None:
    """It waits for nobody, however few calls are ready."""
    calls, work = _busy(room, 3)
    many(room)
    _send(*calls)
    room.reactor.spin()
    assert sum(work) == 2
    room.naps.clear()
    room.reactor.spin()
    assert sum(work) == 3
    assert room.naps == []


def _left_waiting(room: Room) -> tuple[Call, list[int]]:
    """Give the one of three calls whose turn has not come, and what was done."""
    calls, work = _busy(room, 3)
    _send(*calls)
    room.turns.doRead()
    return calls[work.index(0)], work


def test_what_waits_for_a_call_that_has_left_is_forgotten(room: Room) -> None:
    """Its transport is the reactor's again."""
    call, work = _left_waiting(room)
    assert call.seat is not None
    room.turns.leave(call.seat)
    room.turns.doRead()
    assert sum(work) == 2


def test_a_transport_that_has_been_paused_while_it_waited_is_not_read(room: Room) -> None:
    """Its event is older than the pause."""
    call, work = _left_waiting(room)
    call.transport.pauseProducing()
    room.turns.doRead()
    assert sum(work) == 2
