"""What goes wrong with one call, or with the poll set, ends that call at most."""

from __future__ import annotations

import errno
import os
import socket
import struct
from asyncio import CancelledError
from typing import Any

import pytest
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from echo import turns as module
from echo.seats import HAS_EPOLL, OUT
from echo.turns import MANY
from tests.room import Lost, Room

pytestmark = pytest.mark.skipif(not HAS_EPOLL, reason="there is no epoll on this system")


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a connection that can be reset."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        peer = socket.create_connection(listening.getsockname())
        ours, _ = listening.accept()
    return peer, ours


@pytest.mark.parametrize("straight", [True, False])
def test_a_reset_is_a_lost_connection(room: Room, straight: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one that ended well."""
    monkeypatch.setattr(socket, "socketpair", tcp_pair)
    call = room.settled(straight=straight)
    call.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.peer.close()
    room.reactor.spin()
    assert call.protocol.reason is not None
    assert call.protocol.reason.check(ConnectionLost)


def test_a_reset_while_nothing_is_read_is_noticed_by_the_writer(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paused call that still has something to write ends as lost."""
    monkeypatch.setattr(socket, "socketpair", tcp_pair)
    call = room.settled()
    assert call.seat is not None
    call.seat.write(bytes(20_000_000))
    call.transport.pauseProducing()
    call.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.peer.close()
    room.reactor.spin()
    assert call.protocol.reason is not None
    assert call.protocol.reason.check(ConnectionLost)


def test_a_bug_in_one_call_ends_that_call(room: Room) -> None:
    """The others have their turn, and the bug is in the log."""
    broken, sound = room.settled(), room.settled()
    assert broken.seat is not None

    def divide(_data: bytes, _now: float) -> None:
        1 / 0  # noqa: B018  that is the bug

    broken.seat.receive = divide
    for call in (broken, sound):
        call.peer.send(b"frame")
    room.reactor.spin()
    assert [data for data, _ in sound.received] == [b"frame"]
    assert broken.protocol.reason is not None
    assert broken.protocol.reason.check(ZeroDivisionError)
    assert room.failed == ["serving a call"]


def test_an_event_that_was_not_true_costs_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that has nothing to read after all is left alone."""
    call = room.settled()
    assert call.seat is not None

    def nothing(_fd: int, _size: int) -> bytes:
        raise BlockingIOError

    monkeypatch.setattr(os, "read", nothing)
    call.peer.send(b"frame")
    room.reactor.spin()
    assert call.received == []
    assert call.protocol.reason is None


class NoRoom:
    """A poll set for which there is no memory."""

    def poll(self, _timeout: float) -> list[tuple[int, int]]:
        """Fail."""
        raise MemoryError


def test_a_moment_without_memory_ends_no_call(room: Room) -> None:
    """The set is looked at again: what was ready still is."""
    call = room.settled()
    poll, room.turns._poll = room.turns._poll, NoRoom()
    call.peer.send(b"frame")
    room.turns.doRead()
    assert (call.received, call.protocol.reason) == ([], None)
    room.turns._poll = poll
    room.reactor.spin()
    assert call.received == [(b"frame", 0)]


@pytest.mark.parametrize("exception", [SystemExit, CancelledError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("calls", [1, MANY + 1])
def test_an_app_that_leaves_takes_nobody_along(
    room: Room, calls: int, exception: type[BaseException]
) -> None:
    """Whatever ends one call, the turn goes on, and the next one comes."""
    sound = [room.settled() for _ in range(calls)]
    broken = room.settled()

    def leave(_data: bytes, _now: float) -> None:
        raise exception

    assert broken.seat is not None
    broken.seat.receive = leave
    for frame in (b"one", b"two"):
        for call in (broken, *sound) if frame == b"one" else sound:
            call.peer.send(frame)
        room.reactor.spin()
        room.reactor.advance(1)
        room.reactor.advance(1)
    assert all([data for data, _ in call.received] == [b"one", b"two"] for call in sound)
    assert broken.protocol.reason is not None
    assert broken.protocol.reason.check(exception)
    assert room.failed == ["serving a call"]


class Full:
    """A poll set that takes no more."""

    def __init__(self, poll: Any) -> None:
        self._poll = poll

    def register(self, _fd: int, _events: int) -> None:
        """Fail, as the kernel does when too much is watched."""
        raise OSError(errno.ENOSPC, "No space left on device")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poll, name)


def test_a_call_that_the_set_cannot_take_stays_with_the_reactor(room: Room) -> None:
    """Nothing of it is left in the set; the others notice nothing."""
    reactor: Any = room.reactor
    sound = room.settled()
    poll, room.turns._poll = room.turns._poll, Full(room.turns._poll)
    call = room.call(before=lambda call: call.transport.startReading())
    room.turns._poll = poll
    assert call.seat is None
    assert [call.transport.reactor] == [reactor]
    assert call.transport in reactor.readers
    call.peer.send(b"frame")
    sound.peer.send(b"frame")
    reactor.spin()
    assert call.protocol.heard == [b"frame"]
    assert [data for data, _ in sound.received] == [b"frame"]


def test_a_bug_in_a_write_ends_that_call(room: Room) -> None:
    """What the others have written in the same turn is sent, and the bug is in the log."""
    broken, sound = room.settled(), room.settled()

    def fail(_data: bytes) -> None:
        raise MemoryError

    for call in (broken, sound):
        assert call.seat is not None
        call.seat.receive = lambda data, _now, seat=call.seat: seat.write(data)
        call.peer.send(b"frame")
    assert broken.seat is not None
    broken.seat.to_transport = fail
    broken.seat.watched |= OUT  # as if its socket were full
    room.turns.doRead()
    assert sound.peer.recv(100) == b"frame"
    assert (sound.protocol.reason, room.failed) == (None, ["serving a call"])
    assert broken.protocol.reason is not None
    assert broken.protocol.reason.check(MemoryError)


def test_a_bug_at_the_end_of_a_call_is_not_the_others(room: Room) -> None:
    """Even a protocol that raises when it is told of the end takes nobody along."""

    class Stubborn(Lost):
        """One that cannot end."""

        def connectionLost(self, reason: Failure = connectionDone) -> None:
            """Fail."""
            raise RuntimeError

    broken, sound = room.settled(protocol=Stubborn()), room.settled()
    assert broken.seat is not None
    broken.seat.receive = None
    broken.transport.doRead = lambda: 1 / 0  # type: ignore[assignment,method-assign,return-value]
    for call in (broken, sound):
        call.peer.send(b"frame")
    room.reactor.spin()
    assert [data for data, _ in sound.received] == [b"frame"]
    assert room.failed == ["serving a call", "ending a call"]


def test_what_goes_wrong_with_no_call_ends_none(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in the log, and what was not read is read the next time."""
    call = room.settled()
    call.peer.send(b"frame")
    with monkeypatch.context() as patch:
        patch.setattr(module, "_TOGETHER", 0)  # no step for a range
        room.turns.doRead()
    assert (call.received, call.protocol.reason) == ([], None)
    assert room.failed == ["serving the calls"]
    room.reactor.spin()
    assert call.received == [(b"frame", 0)]
