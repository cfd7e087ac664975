"""
What must be done to a transport before it may carry live audio, and how one is let go.

Two buffers stand between us and the peer's ears, and the defaults of both are far too large for speech:
Twisted's own (64 KiB before a producer is paused, 2 s of 16 kHz audio) and the kernel's (4 MiB when it
tunes itself, 130 s). Both are set to :data:`BUFFER_BYTES` here. For the kernel that is ``TCP_NOTSENT_LOWAT``:
it bounds what has not been sent yet and leaves alone what is in flight, so that a long path keeps its
throughput, which a small ``SO_SNDBUF`` would cost it.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import (
    IHalfCloseableDescriptor,
    IPushProducer,
    IReactorTime,
    ISSLTransport,
)
from twisted.protocols.policies import ProtocolWrapper

from echo.turns import READ_BYTES

#: 128 ms of 16 kHz audio. Twisted has one number for this and for the most that one read takes.
BUFFER_BYTES = READ_BYTES

#: What a peer may still push at us after the end: a few milliseconds of work. A client that sends a message
#: far beyond the limit has read our answer to it by then.
FAREWELL_BYTES = 1024 * 1024


def bottom(transport: Any) -> Any:
    """Find the transport that owns the socket, under TLS and the PROXY protocol."""
    while isinstance(transport, ProtocolWrapper):
        transport = transport.transport
    return transport


def bound_buffers(transport: Any, buffer_bytes: int = BUFFER_BYTES) -> None:
    """Keep what is unsent small, in user space and, where the system can, in the kernel."""
    descriptor = bottom(transport)
    if isinstance(descriptor, FileDescriptor):
        descriptor.bufferSize = buffer_bytes
    unsent_mark = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    raw_socket = getattr(descriptor, "socket", None)
    if (
        unsent_mark is None
        or raw_socket is None
        or raw_socket.family not in (socket.AF_INET, socket.AF_INET6)
    ):
        return
    raw_socket.setsockopt(socket.IPPROTO_TCP, unsent_mark, buffer_bytes)


def take_over(transport: Any, producer: IPushProducer) -> None:
    """
    Make ``producer`` the one that is told when the transport has enough.

    After an upgrade ``twisted.web``'s channel is still registered there and ignores what it is told, because
    for it a request is being handled; as long as it is, nobody else can register.
    """
    transport.unregisterProducer()
    transport.registerProducer(producer, True)


class Farewell:
    """
    The last seconds of a connection: what is unsent leaves, and what still comes is thrown away.

    Closing a socket with unread bytes in it makes the kernel send a reset, which can overtake the Close frame
    (or the HTTP answer) before the peer has read it. So only our direction is shut down, and the peer's is read
    until it ends, for so many seconds and so many bytes; then the connection is aborted. TLS has a closing
    handshake of its own instead.
    """

    def __init__(self, transport: Any, reactor: IReactorTime, seconds: float) -> None:
        """Begin at once; whoever receives for ``transport`` then calls :meth:`discard`, and :meth:`over`."""
        self._transport = transport
        self._bytes_left = FAREWELL_BYTES
        self._deadline = reactor.callLater(seconds, transport.abortConnection)
        transport.unregisterProducer()
        transport.resumeProducing()  # it may have been paused, and then the peer's end would not be seen
        if ISSLTransport.providedBy(transport) or not _can_half_close(transport):
            transport.loseConnection()
        else:
            transport.loseWriteConnection()

    def discard(self, data: bytes) -> None:
        """Throw away what the peer still says; when that is too much, its connection with it."""
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self._transport.abortConnection()

    def over(self) -> None:
        """Stop the clock: the connection is lost."""
        if self._deadline.active():
            self._deadline.cancel()


def _can_half_close(transport: Any) -> bool:
    return bool(IHalfCloseableDescriptor.providedBy(bottom(transport)))
