"""The poll set of the calls: who is served, when the set is looked at, and how a place in it ends."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from echo import turns as module
from echo.gathering import LONGEST, SHORTEST
from echo.seats import HAS_EPOLL
from echo.turns import MANY
from tests.room import Call, Half, Room, many

pytestmark = pytest.mark.skipif(not HAS_EPOLL, reason="there is no epoll on this system")


def test_what_comes_is_received_straight_with_the_time_of_the_turn(room: Room) -> None:
    """Bytes go from the socket to the receiver, past the transport's protocol."""
    call = room.settled()
    room.reactor.advance(5)
    call.peer.send(b"frame")
    room.reactor.spin()
    assert call.received == [(b"frame", 5)]
    assert call.protocol.heard == []


def test_a_transport_with_something_in_between_reads_by_itself(room: Room) -> None:
    """Under TLS bytes go the way that Twisted made."""
    call = room.settled(straight=False)
    call.peer.send(b"record")
    room.reactor.spin()
    assert call.received == []
    assert call.protocol.heard == [b"record"]


def test_a_paused_transport_is_not_read(room: Room) -> None:
    """What comes stays in the socket until the transport is to read again."""
    call = room.settled()
    call.transport.pauseProducing()
    call.peer.send(b"frame")
    room.reactor.spin()
    assert call.received == []
    call.transport.resumeProducing()
    room.reactor.spin()
    assert [data for data, _ in call.received] == [b"frame"]


def test_a_paused_transport_whose_peer_is_gone_keeps_nobody_busy(room: Room) -> None:
    """Who waits for nothing is not in the set, where the peer's end would be told for ever."""
    call = room.settled()
    call.transport.pauseProducing()
    call.peer.close()
    assert select.select([room.turns], [], [], 0)[0] == []


def test_few_calls_are_served_as_they_come(room: Room) -> None:
    """None waits for others."""
    call = room.settled()
    for _ in range(3):
        call.peer.send(b"frame")
        room.reactor.spin()
    assert len(call.received) == 3
    assert room.naps == []


def test_many_calls_take_turns(room: Room) -> None:
    """The look that follows another waits, and serves who has come meanwhile."""
    calls = many(room)
    room.meanwhile = lambda: calls[1].peer.send(b"two")
    calls[0].peer.send(b"one")
    room.reactor.spin()
    (_, first), (_, second) = calls[0].received[0], calls[1].received[0]
    assert SHORTEST <= room.naps[0] <= LONGEST
    assert second == pytest.approx(first + room.naps[0])


def test_the_others_of_the_reactor_have_their_turn_however_much_the_calls_say(room: Room) -> None:
    """Looks follow each other for no longer than the longest wait, and one that has begun."""
    calls = many(room, 500)
    room.meanwhile = lambda: calls[1].peer.send(b"more")
    calls[0].peer.send(b"one")
    began = room.reactor.seconds()
    room.reactor.spin()
    assert len(room.naps) > 2
    assert room.reactor.seconds() - began < 2 * LONGEST


def test_who_comes_after_a_while_waits_for_nothing(room: Room) -> None:
    """The time between two looks has passed by itself."""
    calls = many(room)
    for at in (1.0, 2.0, 3.0):
        room.reactor.rightNow = at
        calls[0].peer.send(b"frame")
        room.reactor.spin()
    assert [when for _, when in calls[0].received] == [1.0, 2.0, 3.0]


def test_a_full_look_is_followed_at_once(room: Room) -> None:
    """Where every fourth call is ready, waiting would only cost time."""
    calls = many(room)
    for call in calls[: MANY // 4]:
        call.peer.send(b"frame")
    room.reactor.spin()
    assert room.naps == []


def test_no_clock_makes_the_calls_wait_for_longer(room: Room) -> None:
    """One that is put back by an hour costs a thousandth of a second."""
    calls = many(room)
    room.reactor.rightNow = 3600
    calls[0].peer.send(b"one")
    room.reactor.spin()
    room.reactor.rightNow = 0
    calls[1].peer.send(b"two")
    room.reactor.spin()
    assert max(room.naps) == LONGEST
    assert [data for data, _ in calls[1].received] == [b"two"]


def test_turns_end_when_calls_become_few(room: Room) -> None:
    """Who is left waits for nobody."""
    calls = many(room)
    calls[0].peer.send(b"one")
    room.reactor.spin()
    assert calls[1].seat is not None
    room.turns.leave(calls[1].seat)
    room.naps.clear()
    calls[0].peer.send(b"two")
    room.reactor.spin()
    assert room.naps == []
    assert [data for data, _ in calls[0].received] == [b"one", b"two"]


def test_the_last_one_who_leaves_takes_the_set_along(room: Room) -> None:
    """Nothing is watched for nobody."""
    calls = many(room)
    calls[0].peer.send(b"one")
    room.reactor.spin()
    for call in calls:
        assert call.seat is not None
        room.turns.leave(call.seat)
    assert room.turns.fileno() == -1
    assert room.turns not in room.reactor.readers


def test_the_end_of_a_peer_ends_the_connection(room: Room) -> None:
    """As a reactor would tell it."""
    call = room.settled()
    call.peer.close()
    room.reactor.spin()
    assert call.protocol.reason is not None
    assert call.protocol.reason.check(ConnectionDone)


def test_a_peer_may_end_its_half(room: Room) -> None:
    """A protocol that knows of halves hears of one, and goes on writing."""
    protocol = Half()
    call = room.settled(protocol=protocol)
    call.peer.shutdown(socket.SHUT_WR)
    room.reactor.spin()
    assert protocol.ended
    assert protocol.reason is None
    assert call.seat is not None
    call.seat.write(b"goodbye")
    assert call.peer.recv(100) == b"goodbye"


def test_who_is_ended_by_another_in_the_same_turn_receives_nothing(room: Room) -> None:
    """What was read of it already is dropped."""
    first, second = room.settled(), room.settled()
    received = []

    def end(other: Call) -> Callable[[bytes, float], None]:
        def receive(data: bytes, _now: float) -> None:
            received.append(data)
            assert other.seat is not None
            room.turns.leave(other.seat)

        return receive

    assert first.seat is not None
    assert second.seat is not None
    first.seat.receive, second.seat.receive = end(second), end(first)
    for call in (first, second):
        call.peer.send(b"frame")
    room.reactor.spin()
    assert received == [b"frame"]


def test_calls_end_with_the_reactor(room: Room) -> None:
    """A reactor that stops tells its descriptors; the set passes it on."""
    calls = [room.settled(), room.settled()]
    room.turns.connectionLost(Failure(ConnectionLost()))
    assert all(call.protocol.reason is not None for call in calls)


def test_whoever_leaves_goes_back_to_the_reactor(room: Room) -> None:
    """With all that it still waits for; to leave twice is to leave once."""
    call = room.settled()
    assert call.seat is not None
    call.transport.startWriting()
    room.turns.leave(call.seat)
    room.turns.leave(call.seat)
    assert call.transport in room.reactor.readers & room.reactor.writers
    assert id(call.transport.reactor) == id(room.reactor)
    assert call.seat.watched == 0


def test_nobody_is_told_of_who_left(room: Room) -> None:
    """Words of a transport that has left are for its reactor."""
    call = room.settled()
    assert call.seat is not None
    room.turns.leave(call.seat)
    for tell in (
        room.turns.addReader,
        room.turns.removeReader,
        room.turns.addWriter,
        room.turns.removeWriter,
    ):
        tell(call.transport)
    assert call.seat.watched == 0


def test_what_has_no_socket_stays_with_its_reactor(room: Room) -> None:
    """Whatever is no connection of Twisted's own cannot be seated."""
    assert room.turns.seat(object(), None) is None


def test_without_epoll_calls_stay_with_the_reactor(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """On other systems there are no seats, and all else is the same."""
    monkeypatch.setattr(module, "HAS_EPOLL", False)
    call = room.call()
    assert call.seat is None
    assert call.transport.reactor is room.reactor
