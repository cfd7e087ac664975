"""Tests of echo.phone.load.reading: many sockets behind one descriptor."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from echo.phone.load.reading import REST, Reading


class Reactor(Clock):
    """A clock that knows its readers."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[Reading] = []

    def addReader(self, reader: Reading) -> None:
        """Note it."""
        self.readers.append(reader)

    def removeReader(self, reader: Reading) -> None:
        """Forget it, if it is there."""
        if reader in self.readers:
            self.readers.remove(reader)


class Transport:
    """A TCP transport over a real socket."""

    def __init__(self, ours: socket.socket) -> None:
        self.ours = ours
        self.is_read = True
        self.lost: list[Failure] = []

    def writeSomeData(self, data: bytes) -> int:
        """Be a TCP transport."""
        raise NotImplementedError

    def getHandle(self) -> socket.socket:
        """Give the socket."""
        return self.ours

    def pauseProducing(self) -> None:
        """Leave the reading to somebody else."""
        self.is_read = False

    def resumeProducing(self) -> None:
        """Read again."""
        self.is_read = True

    def connectionLost(self, reason: Failure) -> None:
        """Be told."""
        self.lost.append(reason)


class Line:
    """One connection of a load."""

    def __init__(self, reading: Reading) -> None:
        ours, self.theirs = socket.socketpair()
        ours.setblocking(False)
        self.transport = Transport(ours)
        self.heard: list[tuple[bytes, float]] = []
        self.give_back = reading.join(self.transport, lambda data, now: self.heard.append((data, now)))

    def close(self) -> None:
        """Leave nothing open."""
        self.theirs.close()
        self.transport.ours.close()


class Stage:
    """Three connections."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self.reading = Reading(self.reactor)
        self.lines = [Line(self.reading) for _ in range(3)]

    def turn(self) -> None:
        """Do what the reactor does when its descriptor is readable."""
        assert self.reactor.readers == [self.reading]
        self.reading.doRead()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Set up, and close."""
    made = Stage()
    yield made
    for line in made.lines:
        line.close()


def test_one_look_reads_all_that_have_something(stage: Stage) -> None:
    """Each has what came for it, with the time of the look; who has nothing is not read."""
    stage.reactor.advance(5)
    stage.lines[0].theirs.send(b"one")
    stage.lines[2].theirs.send(b"three")
    stage.turn()
    assert [line.heard for line in stage.lines] == [[(b"one", 5.0)], [], [(b"three", 5.0)]]


def test_twisted_reads_none_of_them_meanwhile(stage: Stage) -> None:
    """Its transports are paused, until they are given back."""
    assert [line.transport.is_read for line in stage.lines] == [False] * 3
    stage.lines[1].give_back()
    stage.lines[1].give_back()
    assert [line.transport.is_read for line in stage.lines] == [False, True, False]


def test_after_a_look_there_is_a_rest(stage: Stage) -> None:
    """What comes together is read together; when nothing comes any more, the reactor is asked to tell."""
    stage.lines[0].theirs.send(b"1")
    stage.turn()
    assert stage.reactor.readers == []
    stage.lines[0].theirs.send(b"2")
    stage.lines[0].theirs.send(b"3")
    assert stage.lines[0].heard == [(b"1", 0.0)]
    stage.reactor.advance(REST)
    assert stage.lines[0].heard[1:] == [(b"23", REST)]
    assert stage.reactor.readers == []
    stage.reactor.advance(REST)
    assert stage.reactor.readers == [stage.reading]
    assert stage.reactor.getDelayedCalls() == []


def test_an_end_is_left_to_twisted(stage: Stage) -> None:
    """A connection that the application closed is Twisted's again, which finds the end by itself."""
    stage.lines[0].theirs.close()
    stage.turn()
    assert stage.lines[0].transport.is_read
    assert stage.lines[0].heard == []
    assert stage.lines[0].transport.ours.recv(10) == b""


class Broken:
    """A socket that was reset."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real

    def fileno(self) -> int:
        """Be the real one to the system."""
        return self._real.fileno()

    def recv(self, size: int) -> bytes:
        """Tell it, once."""
        raise ConnectionResetError


def test_an_error_is_told(stage: Stage) -> None:
    """The system tells a reset once only, so it is passed on, as a connection that was lost."""
    ours, theirs = socket.socketpair()
    transport = Transport(Broken(ours))  # type: ignore[arg-type]  # a double of it
    stage.reading.join(transport, lambda _data, _now: None)
    theirs.send(b"x")
    stage.turn()
    assert [type(failure.value) for failure in transport.lost] == [ConnectionLost]
    ours.close()
    theirs.close()


def test_one_may_leave_in_the_look_in_which_it_has_something(stage: Stage) -> None:
    """What a call hears may end another one: that one is not read any more."""
    first, second = stage.lines[0], stage.lines[1]
    heard: list[bytes] = []

    def end_the_other(data: bytes, _now: float) -> None:
        heard.append(data)
        for other in (first, second):
            other.give_back()

    for line in (first, second):
        line.give_back()
        line.give_back = stage.reading.join(line.transport, end_the_other)
        line.theirs.send(b"x")
    stage.turn()
    assert heard == [b"x"]


def test_nothing_is_left_when_all_have_left(stage: Stage) -> None:
    """Neither a reader nor a timer, also where the last one leaves because of what it heard."""
    for line in stage.lines[1:]:
        line.give_back()
    last = stage.lines[0]
    last.give_back()
    last.give_back = stage.reading.join(last.transport, lambda _data, _now: last.give_back())
    last.theirs.send(b"x")
    stage.turn()
    assert (stage.reactor.readers, stage.reactor.getDelayedCalls()) == ([], [])


def test_the_last_one_may_leave_after_a_rest(stage: Stage) -> None:
    """The same holds in a look that a timer brought."""
    for line in stage.lines[1:]:
        line.give_back()
    last = stage.lines[0]
    last.theirs.send(b"x")
    stage.turn()
    last.theirs.close()
    stage.reactor.advance(REST)
    assert (stage.reactor.readers, stage.reactor.getDelayedCalls()) == ([], [])


def test_the_reactor_looks_at_one_descriptor(stage: Stage) -> None:
    """It is readable when one of the sockets is; and it has a name for a log."""
    assert stage.reading.fileno() >= 0
    assert stage.reading.logPrefix() == "load"


class Wrapped:
    """A TLS transport: it passes on what it does not have."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


def test_tls_is_read_as_ever(stage: Stage) -> None:
    """What is encrypted stays Twisted's."""
    stage.lines[0].give_back()
    give_back = stage.reading.join(Wrapped(stage.lines[0].transport), lambda _data, _now: None)
    assert stage.lines[0].transport.is_read
    give_back()
