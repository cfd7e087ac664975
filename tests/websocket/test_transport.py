"""Tests of echo.websocket.transport: buffers, and the last seconds of a connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from zope.interface import directlyProvides

from echo.websocket.transport import BUFFER_BYTES, Farewell, bottom, bound_buffers
from tests.face import Wire


class Descriptor(FileDescriptor):
    """A Twisted transport around a socket, without a reactor."""

    def __init__(self, sock: Any) -> None:
        super().__init__(reactor=MemoryReactorClock())
        self.socket = sock


@pytest.fixture
def tcp() -> Iterator[socket.socket]:
    """A TCP socket that is connected to nothing."""
    with socket.socket() as sock:
        yield sock


def wrapped(transport: Any) -> ProtocolWrapper:
    """Put a wrapper above ``transport``, as TLS and the PROXY protocol do."""
    wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
    wrapper.transport = transport
    return wrapper


def test_the_bottom_is_what_owns_the_socket() -> None:
    """Under one wrapper, under two, or none."""
    wire = Wire()

    assert bottom(wire) is wire
    assert bottom(wrapped(wrapped(wire))) is wire


def test_both_buffers_are_bounded(tcp: socket.socket) -> None:
    """Twisted's mark and the kernel's are set, below a wrapper too."""
    descriptor = Descriptor(tcp)

    bound_buffers(wrapped(descriptor))

    assert descriptor.bufferSize == BUFFER_BYTES
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        assert tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == BUFFER_BYTES


def test_other_sockets_have_no_mark_in_the_kernel() -> None:
    """A Unix socket takes Twisted's bound and is not asked for what only TCP has."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        descriptor = Descriptor(ours)

        bound_buffers(descriptor)

        assert descriptor.bufferSize == BUFFER_BYTES


def test_systems_without_the_mark_are_served_as_well(
    tcp: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel cannot bound what is unsent, Twisted's buffer still is."""
    monkeypatch.delattr(socket, "TCP_NOTSENT_LOWAT", raising=False)
    descriptor = Descriptor(tcp)

    bound_buffers(descriptor)

    assert descriptor.bufferSize == BUFFER_BYTES


def test_a_farewell_ends_our_side_and_reads_theirs() -> None:
    """Only our direction is shut down, and the peer is read even if it was paused."""
    wire, clock = Wire(), Clock()
    wire.pauseProducing()

    farewell = Farewell(wire, clock, 2)

    assert (wire.half_closed, wire.producerState, wire.disconnecting) == (True, "producing", False)
    farewell.over()
    farewell.over()
    assert clock.getDelayedCalls() == []


class Blunt(StringTransport):
    """A transport without a second direction."""

    def unregisterProducer(self) -> None:
        """Forget the producer, if there is one."""

    def abortConnection(self) -> None:
        """End it by force."""


SECURE = Wire()
directlyProvides(SECURE, ISSLTransport)


@pytest.mark.parametrize("transport", [Blunt(), SECURE])
def test_what_cannot_be_half_closed_is_closed(transport: Any) -> None:
    """TLS has a closing handshake of its own, and not every transport has two directions."""
    Farewell(transport, Clock(), 2)

    assert transport.disconnecting
