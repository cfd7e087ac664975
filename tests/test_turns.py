"""The poll set of the calls: who is served, when the set is looked at, and how a place in it ends."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from twisted.internet import tcp
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from echo import turns as module
from echo.seats import EACH_WAITING, HAS_EPOLL, OUT, Seat
from echo.turns import LOOK_EVERY, MANY, Turns

pytestmark = pytest.mark.skipif(not HAS_EPOLL, reason="there is no epoll on this system")


class Reactor(Clock):
    """A reactor that watches nothing by itself: a test lets it look."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()

    def addReader(self, reader: object) -> None:
        """Watch."""
        self.readers.add(reader)

    def removeReader(self, reader: object) -> None:
        """Watch no more."""
        self.readers.discard(reader)

    def addWriter(self, writer: object) -> None:
        """Watch."""
        self.writers.add(writer)

    def removeWriter(self, writer: object) -> None:
        """Watch no more."""
        self.writers.discard(writer)

    def spin(self) -> None:
        """Tell those of the readers that are ready."""
        for reader in tuple(self.readers):
            if select.select([reader], [], [], 0)[0]:
                reader.doRead()


class Lost(Protocol):
    """A protocol that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.reason: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        """Keep it."""
        self.heard.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Keep it."""
        self.reason = reason


@implementer(IHalfCloseableProtocol)
class Half(Lost):
    """One that lives on when its peer has ended its side."""

    ended = False

    def readConnectionLost(self) -> None:
        """Note it."""
        self.ended = True

    def writeConnectionLost(self) -> None:
        """Leave it."""


@dataclass
class Call:
    """A seated call: its transport, the peer's socket, and what was received straight."""

    peer: socket.socket
    transport: tcp.Server
    protocol: Lost
    seat: Seat | None = None
    received: list[tuple[bytes, float]] = field(default_factory=list)

    def receive(self, data: bytes, now: float) -> None:
        """Keep what was read."""
        self.received.append((data, now))


class Room:
    """A poll set and the calls in it."""

    def __init__(self) -> None:
        self.reactor: Any = Reactor()
        self.port: Any = None
        self.failed: list[str] = []
        self.turns = Turns(self.reactor, self.failed.append)
        self.calls: list[Call] = []

    def call(
        self,
        *,
        straight: bool = True,
        protocol: Lost | None = None,
        before: Callable[[Call], None] | None = None,
    ) -> Call:
        """Seat a call, with what ``before`` does to it first, and let it find that it has nothing to write."""
        peer, ours = socket.socketpair()
        kept = protocol or Lost()
        transport = tcp.Server(ours, kept, ("", 0), self.port, 0, self.reactor)
        call = Call(peer, transport, kept)
        self.calls.append(call)
        if before is not None:
            before(call)
        call.seat = self.turns.seat(transport, call.receive if straight else None)
        return call

    def settled(self, **options: Any) -> Call:
        """Seat a call and let it find that it has nothing to write."""
        call = self.call(**options)
        self.turns.doRead()
        return call

    def close(self) -> None:
        """Let go of everything."""
        for call in self.calls:
            call.transport.connectionLost(Failure(ConnectionDone()))
            call.peer.close()
            if call.seat is not None:
                self.turns.leave(call.seat)


@pytest.fixture
def room() -> Iterator[Room]:
    """An empty room."""
    made = Room()
    yield made
    made.close()
    assert made.turns.fileno() == -1
    assert not made.reactor.readers
    assert not made.reactor.writers
    assert not made.reactor.getDelayedCalls()


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
    """No timer runs: the reactor waits for the set."""
    room.settled().peer.send(b"frame")
    room.reactor.spin()
    assert room.reactor.getDelayedCalls() == []
    assert room.turns in room.reactor.readers


def many(room: Room, count: int = MANY) -> list[Call]:
    """Seat many calls that have nothing to say, until the reactor waits for the set."""
    calls = [room.call() for _ in range(count)]
    room.reactor.spin()
    while room.reactor.getDelayedCalls():
        room.reactor.advance(LOOK_EVERY)
    assert room.turns in room.reactor.readers
    return calls


def test_many_calls_take_turns(room: Room) -> None:
    """After the first frame the set is looked at by a timer, and the reactor does not watch it."""
    calls = many(room)
    calls[0].peer.send(b"one")
    room.reactor.spin()
    calls[1].peer.send(b"two")
    assert room.turns not in room.reactor.readers
    assert calls[1].received == []
    room.reactor.advance(LOOK_EVERY)
    assert [data for data, _ in calls[1].received] == [b"two"]


def test_a_look_that_finds_nothing_ends_the_turns(room: Room) -> None:
    """The reactor waits again, and a process without frames sleeps."""
    calls = many(room)
    calls[0].peer.send(b"one")
    room.reactor.spin()
    room.reactor.advance(LOOK_EVERY)
    assert room.turns in room.reactor.readers
    assert room.reactor.getDelayedCalls() == []


def test_a_full_look_is_followed_at_once(room: Room) -> None:
    """Where every fourth call is ready, waiting would only cost time."""
    calls = many(room)
    for call in calls[: MANY // 4]:
        call.peer.send(b"frame")
    room.reactor.spin()
    (timer,) = room.reactor.getDelayedCalls()
    assert timer.getTime() == room.reactor.seconds()


def test_turns_end_when_calls_become_few(room: Room) -> None:
    """The timer goes with the calls."""
    calls = many(room)
    calls[0].peer.send(b"one")
    room.reactor.spin()
    assert calls[1].seat is not None
    room.turns.leave(calls[1].seat)
    calls[0].peer.send(b"two")
    room.reactor.advance(LOOK_EVERY)
    assert room.turns in room.reactor.readers
    assert [data for data, _ in calls[0].received] == [b"one", b"two"]


def test_the_last_one_who_leaves_takes_the_timer_along(room: Room) -> None:
    """Nothing runs for nobody."""
    calls = many(room)
    calls[0].peer.send(b"one")
    room.reactor.spin()
    for call in calls:
        assert call.seat is not None
        room.turns.leave(call.seat)
    assert room.turns.fileno() == -1
    assert room.reactor.getDelayedCalls() == []


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
