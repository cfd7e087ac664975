"""What calls write within a turn and between two: when it leaves, in which order, and how much of it waits."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

import pytest
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from echo.seats import EACH_WAITING, HAS_EPOLL
from tests.room import Call, Room

pytestmark = pytest.mark.skipif(not HAS_EPOLL, reason="there is no epoll on this system")


def test_what_is_written_leaves_at_once(room: Room) -> None:
    """While nothing waits, a write is one system call and no event."""
    call = room.settled()
    assert call.seat is not None
    call.seat.write(b"frame")
    assert call.peer.recv(100) == b"frame"


def test_what_waited_to_be_written_when_a_call_moves_over_leaves_first(room: Room) -> None:
    """The answer to the upgrade may wait in the transport: audio comes behind it."""
    call = room.call(before=lambda call: call.transport.write(b"HTTP/1.1 101"))
    assert call.transport not in room.reactor.writers
    assert call.seat is not None
    call.seat.write(b" frame")
    room.reactor.spin()
    assert call.peer.recv(100) == b"HTTP/1.1 101 frame"


def test_what_a_full_socket_does_not_take_follows_in_order(room: Room) -> None:
    """A write that is taken in part, or not at all, is completed by the transport, and later ones come behind it."""
    call = room.settled()
    assert call.seat is not None
    pieces = [bytes([number]) * 100_000 for number in range(8)]
    for piece in pieces:
        call.seat.write(piece)
    assert call.seat.watched & select.EPOLLOUT
    wanted = b"".join(pieces)
    got = b""
    while len(got) < len(wanted):
        got += call.peer.recv(1 << 20)
        room.reactor.spin()
    assert got == wanted
    assert not call.seat.watched & select.EPOLLOUT


def test_what_is_written_within_a_turn_leaves_at_its_end(room: Room) -> None:
    """Each call is answered when all are read; one that cannot wait lets all go before it."""
    calls = [room.settled() for _ in range(3)]
    seen: list[list[bytes]] = []

    def answer(call: Call) -> Callable[[bytes, float], None]:
        def receive(data: bytes, _now: float) -> None:
            assert call.seat is not None
            call.seat.write(data.upper())
            if len(seen) == 1:
                call.seat.flush()
                call.transport.write(b"!")
            seen.append(sorted(_peek(each.peer) for each in calls))

        return receive

    for call in calls:
        assert call.seat is not None
        call.seat.receive = answer(call)
        call.peer.send(b"frame")
    room.turns.doRead()
    assert seen == [[b"", b"", b""], [b"", b"FRAME", b"FRAME"], [b"", b"FRAME", b"FRAME"]]
    room.turns.doRead()
    assert sorted(call.peer.recv(99) for call in calls) == [b"FRAME", b"FRAME", b"FRAME!"]


def test_an_app_that_answers_one_frame_by_many_fills_no_memory(room: Room) -> None:
    """What waits for the end of the turn has a bound for each call, beyond which it leaves at once."""
    calls = [room.settled() for _ in range(3)]
    seen: list[bool] = []

    def shout(call: Call) -> Callable[[bytes, float], None]:
        def receive(data: bytes, _now: float) -> None:
            seen.append(any(_peek(each.peer) for each in calls))
            assert call.seat is not None
            for _ in range(EACH_WAITING + 1):
                call.seat.write(data)

        return receive

    for call in calls:
        assert call.seat is not None
        call.seat.receive = shout(call)
        call.peer.send(b"x")
    room.turns.doRead()
    assert seen == [False, True, True]


def test_what_one_call_writes_does_not_use_up_the_bound_of_others(room: Room) -> None:
    """However many there are, what each of them writes within its own bound waits for the end of the turn."""
    calls = [room.settled() for _ in range(3 * EACH_WAITING)]
    seen: list[bool] = []

    def answer(call: Call) -> Callable[[bytes, float], None]:
        def receive(data: bytes, _now: float) -> None:
            seen.append(any(_peek(each.peer) for each in calls))
            assert call.seat is not None
            for _ in range(EACH_WAITING):
                call.seat.write(data)

        return receive

    for call in calls:
        assert call.seat is not None
        call.seat.receive = answer(call)
        call.peer.send(b"x")
    room.turns.doRead()
    assert not any(seen)
    assert all(_peek(call.peer) == b"x" * EACH_WAITING for call in calls)


def test_an_app_that_answers_by_a_thousand_frames_soon_learns_that_it_is_enough(room: Room) -> None:
    """The transport's producer hears of it after a few writes, while the app still goes on."""
    call = room.settled()
    call.peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    paused: list[int] = []
    written = 0

    class Producer:
        """Hears that it is enough."""

        def pauseProducing(self) -> None:
            """Note after how many writes."""
            paused.append(written)

        def resumeProducing(self) -> None:
            """Go on."""

        def stopProducing(self) -> None:
            """Stop."""

    call.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    call.transport.bufferSize = 4096
    call.transport.registerProducer(Producer(), True)

    def shout(_data: bytes, _now: float) -> None:
        nonlocal written
        assert call.seat is not None
        for written in range(1, 1001):  # noqa: B007  it is looked at from elsewhere
            call.seat.write(bytes(640))
            if paused:
                break

    assert call.seat is not None
    call.seat.receive = shout
    call.peer.send(b"frame")
    room.turns.doRead()
    assert paused
    assert paused[0] < 60
    call.transport.unregisterProducer()


def _peek(peer: socket.socket) -> bytes:
    """What has come, without taking it."""
    try:
        return peer.recv(99, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return b""


def test_what_is_written_for_who_has_left_reaches_nobody(room: Room) -> None:
    """The number of a socket that is closed may be another's already: a file of ours, or another call's."""
    call = room.settled()
    seat, number = call.seat, call.transport.fileno()
    assert seat is not None
    room.turns.leave(seat)
    call.transport.connectionLost(Failure(ConnectionDone()))
    pairs = [socket.socketpair() for _ in range(8)]  # the lowest free numbers, as the kernel gives them
    assert number in {each.fileno() for pair in pairs for each in pair}
    seat.write(b"frame")
    for pair in pairs:
        assert [_peek(each) for each in pair] == [b"", b""]
        pair[0].close()
        pair[1].close()
