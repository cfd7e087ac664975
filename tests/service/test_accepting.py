"""Tests of echo.service.accepting: what a port of Twisted's does that cannot take its newcomers."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from twisted.internet import tcp
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs

from echo.refusals import Refusals
from echo.service.accepting import AT_ONCE, REST, AcceptGuard
from tests.doubles import RecordingLog


class Newcomer:
    """The socket of a connection that is closed at once."""

    closed = False

    def close(self) -> None:
        """Note it."""
        self.closed = True


class Listener:
    """A listening socket; an exception among what it gives is raised."""

    def __init__(self, *gives: object) -> None:
        self._gives = list(gives)

    def accept(self) -> object:
        """Give the next."""
        given = self._gives.pop(0) if self._gives else BlockingIOError(errno.EAGAIN, "")
        if isinstance(given, Exception):
            raise given
        return given


def listening(*gives: object) -> tuple[Any, MemoryReactorClock, Refusals, RecordingLog]:
    """Make a port of Twisted's that takes its connections from a :class:`Listener`, under guard."""
    reactor, log = MemoryReactorClock(), RecordingLog()
    port: Any = tcp.Port(0, Factory(), reactor=reactor)
    port.socket, port.connected, port.numberAccepts = Listener(*gives), True, 10
    port.fileno = lambda: 99
    refusals = Refusals(log)
    AcceptGuard(port, reactor, refusals)
    port.startReading()
    return port, reactor, refusals, log


@pytest.fixture
def reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give Twisted a descriptor in reserve, as it has one when a port listens."""
    own = tcp._FileDescriptorReservation(Newcomer)
    own.reserve()
    monkeypatch.setattr(tcp, "_reservedFD", own)


@pytest.mark.usefixtures("reserve")
def test_newcomers_without_a_descriptor_are_closed_and_counted() -> None:
    """They are closed by the one that is held in reserve; the log has a few lines of ours, and none of Twisted's."""
    newcomers = [Newcomer() for _ in range(9)]
    full = OSError(errno.EMFILE, "")
    port, _, refusals, log = listening(full, *((newcomer, ("192.0.2.7", 1)) for newcomer in newcomers))

    with capturedLogs() as events:
        port.doRead()

    assert all(newcomer.closed for newcomer in newcomers)
    assert refusals.counts == {"descriptors": 9}
    assert log.at("warn") == ["refused by descriptors: 192.0.2.7"] * 5
    assert list(events) == []


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
def test_a_port_that_can_take_nobody_rests(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """It is looked at again after a while, and not at once and for ever."""
    monkeypatch.setattr(tcp, "_reservedFD", tcp._NullFileDescriptorReservation())
    port, reactor, refusals, log = listening(OSError(number, ""))
    assert port in reactor.getReaders()

    port.doRead()

    assert port not in reactor.getReaders()
    assert log.at("warn") == [f"refused by descriptors: {errno.errorcode[number]}"]
    assert refusals.counts == {"descriptors": 1}
    reactor.advance(REST)
    assert port in reactor.getReaders()
    assert port.numberAccepts == AT_ONCE


@pytest.mark.usefixtures("reserve")
def test_a_port_that_was_closed_meanwhile_stays_closed() -> None:
    """The rest ends, and nothing is read of a port that is no more."""
    port, reactor, _, _ = listening(OSError(errno.EMFILE, ""))
    port.doRead()
    port.connected = False

    reactor.advance(REST)

    assert port not in reactor.getReaders()


def test_a_port_of_another_kind_is_left_alone() -> None:
    """What is no port of Twisted's own has nothing to be guarded by."""
    AcceptGuard(object(), MemoryReactorClock(), Refusals())  # type: ignore[arg-type]  # as tests and plugins have them
