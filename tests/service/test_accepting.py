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
from echo.service.accepting import AT_ONCE, FEW, REST, AcceptGuard
from tests.doubles import RecordingLog


class Newcomer:
    """The socket of a connection that is closed at once."""

    closed = False

    def close(self) -> None:
        """Note it."""
        self.closed = True


class Nobody(Factory):
    """Takes no connection."""

    def buildProtocol(self, addr: object) -> None:
        """Have none close it."""


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
    port: Any = tcp.Port(0, Nobody(), reactor=reactor)
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
    newcomers = [Newcomer() for _ in range(FEW - 1)]
    full = OSError(errno.EMFILE, "")
    port, _, refusals, log = listening(full, *((newcomer, ("192.0.2.7", 1)) for newcomer in newcomers))

    with capturedLogs() as events:
        port.doRead()

    assert all(newcomer.closed for newcomer in newcomers)
    assert refusals.counts == {"descriptors": FEW - 1}
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


def closed_by_each(port: Any, newcomers: list[Newcomer], times: int) -> list[int]:
    """Let the port take newcomers so many times: how many each time."""
    counts = []
    for _ in range(times):
        before = sum(newcomer.closed for newcomer in newcomers)
        port.doRead()
        counts.append(sum(newcomer.closed for newcomer in newcomers) - before)
    return counts


def test_a_crowd_is_taken_a_few_at_a_time() -> None:
    """However many wait, and however many came the time before, a few are taken before others are served."""
    newcomers = [Newcomer() for _ in range(4 * FEW)]
    port, _, _, _ = listening(*((newcomer, ("192.0.2.7", 1)) for newcomer in newcomers))

    assert closed_by_each(port, newcomers, 3) == [FEW, FEW, FEW]


def test_those_who_waited_for_a_rest_to_end_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a rest more are taken, once: most of them will only be closed."""
    monkeypatch.setattr(tcp, "_reservedFD", tcp._NullFileDescriptorReservation())
    newcomers = [Newcomer() for _ in range(2 * AT_ONCE)]
    waiting = ((newcomer, ("192.0.2.7", 1)) for newcomer in newcomers)
    port, reactor, _, _ = listening(OSError(errno.EMFILE, ""), *waiting)
    port.doRead()
    reactor.advance(REST)

    assert closed_by_each(port, newcomers, 2) == [AT_ONCE, FEW]


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


def test_a_port_that_takes_no_more_stays_so() -> None:
    """Newcomers wait in the system's queue for who has the port next, also where it was just at rest."""
    port, reactor, _, _ = listening(OSError(errno.EMFILE, "too many"))
    port.doRead()
    guard = port._logger.observer
    guard.take_no_more()
    assert port not in reactor.getReaders()

    reactor.advance(REST)

    assert port not in reactor.getReaders()
