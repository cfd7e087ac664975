"""Tests of echo.phone.faults.slow_tls: a ClientHello in small pieces, on real sockets of this machine."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from echo.phone.faults.slow_tls import client_hello, pieces, slow_handshake
from echo.phone.faults.ways import SlowHandshake
from tests.phone.faults.test_fragile import on_the_reactor

QUICK = SlowHandshake(seconds=0.12, pieces=12, patience=0.3)


def test_the_first_message_is_a_client_hello() -> None:
    """A record of type 22 that is whole, of type 1, and names the host (RFC 8446 section 4.1.2)."""
    hello = client_hello("app.example")

    assert (hello[0], hello[5]) == (22, 1)
    assert len(hello) == 5 + int.from_bytes(hello[3:5], "big")
    assert b"app.example" in hello


def test_a_server_takes_the_client_hello() -> None:
    """OpenSSL reads it without complaint, as far as it comes without a certificate."""
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    received.write(client_hello("app.example"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_bio(received, sent, server_side=True)

    with pytest.raises(ssl.SSLError, match="NO_SHARED_CIPHER"):
        server.do_handshake()


@pytest.mark.parametrize(("size", "count"), [(517, 12), (12, 12), (3, 2)])
def test_pieces_join_to_the_message(size: int, count: int) -> None:
    """None is empty, and none is much larger than another."""
    message = bytes(range(256)) * 3
    cut = pieces(message[:size], count)
    sizes = [len(piece) for piece in cut]

    assert b"".join(cut) == message[:size]
    assert (len(cut), max(sizes) - min(sizes) <= 1, min(sizes) > 0) == (count, True, True)


class Server(Protocol):
    """Counts what came, and does at ``wanted`` bytes what its factory says."""

    transport: Any
    factory: Any
    received = 0

    def dataReceived(self, data: bytes) -> None:
        """Count, and act when there is enough."""
        self.received += len(data)
        self.factory.reads += 1
        if self.received >= self.factory.wanted:
            self.factory.act(self.transport)


class SlowHandshakeTests(TestCase):
    """What becomes of a slow handshake."""

    timeout = 20

    def server(self, wanted: int, act: Any) -> Any:
        """Listen; gives the factory, with its URL."""
        from twisted.internet import reactor  # noqa: PLC0415  it must not be installed at collection

        factory: Any = Factory.forProtocol(Server)
        factory.wanted, factory.act, factory.reads = wanted, act, 0
        listens: Any = reactor
        port = listens.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        factory.url = f"wss://127.0.0.1:{port.getHost().port}/"
        return factory

    def shake(self, url: str) -> Deferred[tuple[str | None, str]]:
        """Shake hands slowly."""
        from twisted.internet import reactor  # noqa: PLC0415  as above

        return Deferred.fromCoroutine(slow_handshake(reactor, url, QUICK))

    @on_the_reactor
    async def test_a_server_that_answers_is_good(self) -> None:
        """It answers when the message is whole, and it came in pieces."""
        size = len(client_hello("127.0.0.1"))
        server = self.server(size, lambda transport: transport.write(b"hello"))
        wrong, told = await self.shake(server.url)

        self.assertIsNone(wrong)
        self.assertTrue(told.startswith("it answered after 0."), told)
        self.assertGreater(server.reads, 5)

    @on_the_reactor
    async def test_a_server_that_closes_is_good(self) -> None:
        """It need not wait for the rest."""
        server = self.server(60, lambda transport: transport.loseConnection())
        wrong, told = await self.shake(server.url)

        self.assertIsNone(wrong)
        self.assertTrue(told.startswith("it closed the connection after 0."), told)

    @on_the_reactor
    async def test_a_server_that_does_nothing_is_told(self) -> None:
        """It holds a connection for nothing."""
        server = self.server(10**6, None)
        wrong, _ = await self.shake(server.url)

        self.assertIn("neither answered the slow handshake nor closed it within 0.3 s", str(wrong))

    @on_the_reactor
    async def test_nobody_there_is_told(self) -> None:
        """It is no crash."""
        wrong, _ = await self.shake("https://127.0.0.1:9/")

        self.assertIn("no connection: connection refused", str(wrong))
