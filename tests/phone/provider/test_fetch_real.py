"""HTTP and HTTPS on real sockets of this machine; trial fails a test that leaves one of them, or a timer."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Callable, Coroutine
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from echo.phone.provider.exchange import Answer, NoAnswerError
from echo.phone.provider.fetch import Web
from echo.service.endpoints import ipv6_available

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"


def the_reactor() -> Any:
    """The reactor, which importing installs."""
    from twisted.internet import reactor  # noqa: PLC0415  it must not be installed when the tests are collected

    return reactor


@implementer(IOpenSSLContextFactory)
class Tls:
    """A server's side of TLS, with a certificate for ``host`` that nobody vouches for."""

    def __init__(self, host: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "echo test")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
            .not_valid_after(dt.datetime(2056, 1, 1, tzinfo=dt.UTC))
            .add_extension(x509.SubjectAlternativeName([_subject(host)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self._context = SSL.Context(SSL.TLS_METHOD)
        self._context.use_certificate(certificate)
        self._context.use_privatekey(key)

    def getContext(self) -> SSL.Context:
        """Give it to Twisted."""
        return self._context


def _subject(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Server(Protocol):
    """
    Answers the first bytes of a request with what its factory says, then does what that says.

    Attributes:
        lost: fires when the connection is gone.
    """

    transport: Any
    factory: Any

    def __init__(self) -> None:
        self.lost: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Be known."""
        self.factory.servers.append(self)

    def dataReceived(self, data: bytes) -> None:
        """Answer."""
        self.transport.write(self.factory.said)
        self.factory.then(self.transport)
        if not self.factory.asked.called:
            self.factory.asked.callback(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell that it is over."""
        self.lost.callback(None)


class Listening(Factory):
    """Makes servers that say the same."""

    protocol = Server
    noisy = False

    def __init__(self, said: bytes, then: Callable[[Any], object]) -> None:
        self.said = said
        self.then = then
        self.servers: list[Server] = []
        self.asked: Deferred[bytes] = Deferred()


class Tests(TestCase):
    """What only a real connection shows."""

    timeout = 10

    def serve(
        self,
        said: bytes = OK,
        then: Callable[[Any], object] = lambda _: None,
        *,
        tls: Tls | None = None,
        interface: str = "127.0.0.1",
    ) -> int:
        """Listen, and let the test wait for the end of each connection; returns the port."""
        self.listening = Listening(said, then)
        if tls is None:
            port = the_reactor().listenTCP(0, self.listening, interface=interface)
        else:
            port = the_reactor().listenSSL(0, self.listening, tls, interface=interface)
        self.addCleanup(self._gone)
        self.addCleanup(port.stopListening)
        number: int = port.getHost().port
        return number

    async def _wait_for_the_end(self) -> None:
        for server in self.listening.servers:
            await server.lost

    def _gone(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._wait_for_the_end())

    def ask(self, url: str, *, insecure: bool = False, tries: int = 1) -> Coroutine[Any, Any, Answer]:
        """Ask, with times that are longer than this machine ever needs."""
        web = Web(the_reactor(), insecure=insecure)
        return web.request("GET", url, headers={}, body=None, connect_timeout=5, read_timeout=5, tries=tries)

    async def problem(self, url: str, **more: Any) -> str:
        """Ask in vain, and tell what is told."""
        try:
            await self.ask(url, **more)
        except NoAnswerError as error:
            return str(error)
        raise AssertionError(f"{url} answered")

    async def test_an_answer(self) -> None:
        """A plain answer comes through, and its connection ends though the server keeps its side open."""
        answer = await self.ask(f"http://127.0.0.1:{self.serve()}/")
        self.assertEqual((answer.status, answer.body), (200, b"[]"))
        self.assertGreater(answer.seconds, 0)

    async def test_a_name_is_looked_up(self) -> None:
        """A name, as localhost, is a host like any other."""
        self.assertEqual((await self.ask(f"http://localhost:{self.serve()}/")).status, 200)

    async def test_ipv6(self) -> None:
        """An address in brackets is connected to."""
        if not ipv6_available():
            self.skipTest("this machine has no IPv6")
        self.assertEqual((await self.ask(f"http://[::1]:{self.serve(interface='::1')}/")).status, 200)

    async def test_nobody_listens(self) -> None:
        """A port that is closed is told as such."""
        port = the_reactor().listenTCP(0, Factory.forProtocol(Protocol), interface="127.0.0.1")
        number = port.getHost().port
        await port.stopListening()
        self.assertIn("nobody listens there", await self.problem(f"http://127.0.0.1:{number}/"))

    async def test_a_reset(self) -> None:
        """A connection that the server resets is tried once more."""
        number = self.serve(b"", lambda transport: transport.abortConnection())
        self.assertIn(
            "before its answer was whole (2 tries)",
            await self.problem(f"http://127.0.0.1:{number}/", tries=2),
        )
        self.assertEqual(len(self.listening.servers), 2)

    async def test_a_close(self) -> None:
        """So is one that it closes halfway."""
        number = self.serve(OK[:-1], lambda transport: transport.loseConnection())
        self.assertIn("it closed the connection", await self.problem(f"http://127.0.0.1:{number}/"))

    async def test_a_certificate_that_nobody_vouches_for(self) -> None:
        """A self-signed certificate is refused with a hint, and taken where the person says so."""
        number = self.serve(tls=Tls("127.0.0.1"))
        told = await self.problem(f"https://127.0.0.1:{number}/")
        self.assertIn("its certificate is not to be trusted", told)
        self.assertIn("--insecure", told)
        answer = await self.ask(f"https://127.0.0.1:{number}/", insecure=True)
        self.assertEqual((answer.status, answer.body), (200, b"[]"))

    async def test_an_insecure_name(self) -> None:
        """A name is told to the server, and its certificate may be for another one."""
        number = self.serve(tls=Tls("other.example"))
        self.assertEqual((await self.ask(f"https://localhost:{number}/", insecure=True)).status, 200)

    async def test_tls_where_there_is_none(self) -> None:
        """A server that speaks http where https is asked for is told as such."""
        number = self.serve(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.assertIn("does not speak TLS", await self.problem(f"https://127.0.0.1:{number}/"))

    async def test_no_tls_where_there_is_some(self) -> None:
        """So is one that speaks https where http is asked for."""
        number = self.serve(tls=Tls("127.0.0.1"))
        told = await self.problem(f"http://127.0.0.1:{number}/")
        self.assertRegex(told, "does not speak HTTP|closed the connection")

    async def test_an_interruption(self) -> None:
        """A request that is cancelled while the server thinks takes its connection along."""
        number = self.serve(b"")
        asking = Deferred.fromCoroutine(self.ask(f"http://127.0.0.1:{number}/"))
        await self.listening.asked
        asking.cancel()
        with self.assertRaises(CancelledError):
            await asking

    async def test_tls_that_never_ends(self) -> None:
        """A server that keeps a TLS connection open does not keep ours."""
        number = self.serve(tls=Tls("127.0.0.1"))
        asking = Deferred.fromCoroutine(self.ask(f"https://127.0.0.1:{number}/", insecure=True))
        self.assertEqual((await asking).status, 200)
        await self.listening.servers[0].lost
