"""Tests of echo.phone.line.connect: what opens a socket, and each way in which it does not open."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from OpenSSL import SSL
from service_identity.exceptions import VerificationError
from twisted.internet import error as network
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface import implementer

from echo.audio.format import AudioFormat
from echo.audio.signal import Silence
from echo.errors import PhoneError
from echo.phone.line.call import MediaCall
from echo.phone.line.connect import TooSlowError, open_call, why
from echo.phone.line.plan import CallPlan
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from tests.phone.application import Application, the_reactor
from tests.phone.line.stage import RecordingNotes
from tests.phone.provider.test_fetch_real import Listening, Tls

AUDIO = AudioFormat(8000)


def media_call(reactor: Any) -> MediaCall:
    """A call that says silence."""
    plan = CallPlan(audio=AUDIO, source=Silence(AUDIO), duration=None, first_text='{"a": 1}')
    return MediaCall(reactor, plan, lambda began: Hearing(AUDIO, DOCUMENTED, began), RecordingNotes())


@implementer(IHostnameResolver)
class Names:
    """A resolver that knows one address, or none, or never answers."""

    def __init__(self, *addresses: str, answers: bool = True) -> None:
        self._addresses = addresses
        self._answers = answers

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: object = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Answer at once, if at all."""
        for address in self._addresses:
            resolutionReceiver.addressResolved(IPv4Address("TCP", address, portNumber))
        if self._answers:
            resolutionReceiver.resolutionComplete()
        return None


@implementer(IReactorPluggableNameResolver)
class Reactor(MemoryReactorClock):
    """A reactor without sockets, whose time moves when told to."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.nameResolver = names

    def installNameResolver(self, resolver: Any) -> Any:
        """Stand in the interface; nobody calls it."""
        raise NotImplementedError


class Transport(StringTransport):
    """A transport that is gone when it is aborted."""

    protocol: Any

    def abortConnection(self) -> None:
        """Tell its protocol."""
        self.disconnected = True
        self.protocol.connectionLost(Failure(network.ConnectionAborted()))


class Opening:
    """A socket that is being opened, and what came of it."""

    def __init__(self, names: Names, **more: Any) -> None:
        self.reactor = Reactor(names)
        self.call = media_call(self.reactor)
        self.problems: list[BaseException] = []
        self.work = Deferred.fromCoroutine(
            open_call(self.reactor, self.call, "ws://phone.example/a", open_seconds=3, **more)
        )
        self.work.addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        assert failure.value is not None
        self.problems.append(failure.value)

    def accept(self) -> Transport:
        """Let the connection be made."""
        factory = self.reactor.tcpClients[-1][2]
        protocol: Any = factory.buildProtocol(IPv4Address("TCP", "192.0.2.1", 80))
        transport = Transport()
        transport.protocol = protocol
        protocol.makeConnection(transport)
        return transport


class InTimeTests(SynchronousTestCase):
    """The stages before a socket is open, on a clock."""

    def test_a_name_that_is_not_known(self) -> None:
        """A name without an address is told as such."""
        opening = Opening(Names())

        self.assertEqual(
            [str(problem) for problem in opening.problems],
            ["ws://phone.example/a: there is no host of that name"],
        )

    def test_a_name_that_is_never_answered(self) -> None:
        """A resolver that says nothing is given up on in time, and not taken for one that knows no such host."""
        opening = Opening(Names(answers=False))
        opening.reactor.advance(3)

        self.assertIsInstance(opening.problems[0], TooSlowError)
        self.assertEqual(str(opening.problems[0]), "ws://phone.example/a: no connection within 3 s")

    def test_an_address_that_is_never_answered(self) -> None:
        """So is an address at which nobody answers, however many there are."""
        opening = Opening(Names("192.0.2.1", "192.0.2.2", "192.0.2.3"))
        opening.reactor.pump([0.5] * 6)

        self.assertEqual(str(opening.problems[0]), "ws://phone.example/a: no connection within 3 s")

    def test_an_upgrade_that_is_never_answered(self) -> None:
        """An application that takes the connection and says nothing is dropped when the time for both is over."""
        opening = Opening(Names("192.0.2.1"))
        opening.reactor.advance(1)
        transport = opening.accept()
        opening.reactor.advance(1.9)
        self.assertEqual(opening.problems, [])
        opening.reactor.advance(0.2)

        self.assertIsInstance(opening.problems[0], TooSlowError)
        self.assertIn("it did not answer the upgrade within 3 s", str(opening.problems[0]))
        self.assertTrue(transport.disconnected)
        self.assertEqual(opening.reactor.getDelayedCalls(), [])

    def test_a_cancellation_while_the_name_is_looked_up(self) -> None:
        """Whoever gives up is told of nothing else, in the first stage ..."""
        opening = Opening(Names(answers=False))
        opening.work.cancel()

        self.assertIsInstance(opening.problems[0], CancelledError)
        self.assertEqual(opening.reactor.getDelayedCalls(), [])

    def test_a_cancellation_while_connecting(self) -> None:
        """... in the second ..."""
        opening = Opening(Names("192.0.2.1"))
        opening.work.cancel()

        self.assertIsInstance(opening.problems[0], CancelledError)
        self.assertEqual(opening.reactor.getDelayedCalls(), [])

    def test_a_cancellation_while_upgrading(self) -> None:
        """... and in the last one, which leaves no connection either."""
        opening = Opening(Names("192.0.2.1"))
        transport = opening.accept()
        opening.work.cancel()

        self.assertIsInstance(opening.problems[0], CancelledError)
        self.assertTrue(transport.disconnected)
        self.assertEqual(opening.reactor.getDelayedCalls(), [])

    def test_the_request(self) -> None:
        """What is asked for by the caller stands in the request."""
        opening = Opening(Names("192.0.2.1"), subprotocol=False, authorization="Bearer x")
        asked = opening.accept().value()

        self.assertIn(b"GET /a HTTP/1.1\r\n", asked)
        self.assertIn(b"\r\nAuthorization: Bearer x\r\n", asked)
        self.assertNotIn(b"WSBRIDGE", asked)
        opening.work.cancel()

    def test_an_address_that_is_none(self) -> None:
        """A URL that is no socket's is refused before anything is connected."""
        reactor = Reactor(Names())
        self.failureResultOf(
            Deferred.fromCoroutine(open_call(reactor, media_call(reactor), "http://phone.example/")),
            PhoneError,
        )
        self.assertEqual(reactor.tcpClients, [])

    def test_a_host_that_nobody_can_be(self) -> None:
        """A name that is none is told as such, with TLS or without; nobody is asked for its address."""
        for url in ("ws://my_app/", "wss://my_app/"):
            reactor = Reactor(Names("192.0.2.1"))
            opening = Deferred.fromCoroutine(open_call(reactor, media_call(reactor), url))
            problem = self.failureResultOf(opening, PhoneError).getErrorMessage()

            self.assertTrue(problem.startswith(f"{url}: my_app is no host name: "), problem)
            self.assertEqual(reactor.tcpClients, [])

    def test_why(self) -> None:
        """Every error of the network has its clause."""
        self.assertEqual(why(network.TimeoutError()), "nobody answers there (no connection in time)")
        self.assertEqual(
            why(network.NoRouteError(errno.EHOSTUNREACH, "No route to host")),
            "no connection: No route to host: 113: No route to host.",
        )
        self.assertEqual(why(KeyError("x\n")), "KeyError: 'x\\\\n'")
        self.assertIn("for another host", why(VerificationError(errors=[])))
        self.assertEqual(why(SSL.SysCallError(-1, "Unexpected EOF")), "TLS failed: the connection was cut")


class RealTests(TestCase):
    """On real sockets of this machine; trial fails a test that leaves one of them, or a timer."""

    timeout = 20

    def application(self, **more: Any) -> Application:
        """Start an application that is gone when the test is over."""
        app = Application(**more)
        self.addCleanup(lambda: Deferred.fromCoroutine(app.stop()))
        return app

    def server(self, said: bytes, then: Callable[[Any], object] = lambda _: None) -> int:
        """Listen, and say always the same; returns the port."""
        listening = Listening(said, then)
        port = the_reactor().listenTCP(0, listening, interface="127.0.0.1")
        self.addCleanup(lambda: Deferred.fromCoroutine(_lost(listening)))
        self.addCleanup(port.stopListening)
        number: int = port.getHost().port
        return number

    async def problem(self, url: str, **more: Any) -> str:
        """Try to open a socket in vain, and tell what is told behind the address."""
        try:
            await open_call(the_reactor(), media_call(the_reactor()), url, **more)
        except PhoneError as error:
            self.assertEqual(len(str(error).splitlines()), 1)
            self.assertEqual(str(error)[: len(url) + 2], f"{url}: ")
            return str(error)[len(url) + 2 :]
        raise AssertionError(f"{url} opened")

    async def opens(self, url: str, **more: Any) -> MediaCall:
        """Open a socket and hang up."""
        call = media_call(the_reactor())
        await open_call(the_reactor(), call, url, **more)
        gone = call.socket.is_closed
        call.hang_up()
        await gone
        return call

    async def test_it_opens(self) -> None:
        """The first text is sent when the call stands, with what the provider asks for."""
        app = self.application()
        call = await self.opens(app.socket_url)

        self.assertEqual(app.upgrades[0].protocols, ["WSBRIDGE"])
        self.assertGreater(call.began, 0)
        self.assertEqual((await app.calls[0].ended), 1006)
        self.assertEqual(app.calls[0].heard[0], b'{"a": 1}')

    async def test_nobody_listens(self) -> None:
        """A port that is closed is told as such."""
        port = the_reactor().listenTCP(0, Factory.forProtocol(Protocol), interface="127.0.0.1")
        number = port.getHost().port
        await port.stopListening()

        self.assertEqual(
            await self.problem(f"ws://127.0.0.1:{number}/"), "connection refused: nothing listens there"
        )

    async def test_a_self_signed_certificate(self) -> None:
        """A certificate that nobody vouches for is refused with a hint, and taken where the person says so."""
        app = self.application(tls=Tls("127.0.0.1"))
        told = await self.problem(app.socket_url)

        self.assertIn("its certificate is not to be trusted: self-signed", told)
        self.assertIn("--insecure calls all the same", told)
        await self.opens(app.socket_url, insecure=True)
        self.assertEqual(len(app.calls), 1)

    async def test_tls_where_none_is_meant(self) -> None:
        """ws:// to a port that speaks TLS is told as such."""
        app = self.application(tls=Tls("127.0.0.1"))

        self.assertEqual(
            await self.problem(app.socket_url.replace("wss:", "ws:")),
            "it closed the connection before it answered the upgrade; if it speaks TLS, write wss://",
        )

    async def test_a_tls_alert(self) -> None:
        """So is one that answers by an alert, as RFC 8446 wants it."""
        port = self.server(b"\x15\x03\x01\x00\x02\x02\x46", lambda transport: transport.loseConnection())

        self.assertEqual(
            await self.problem(f"ws://127.0.0.1:{port}/"), "it speaks TLS there; is wss:// meant?"
        )

    async def test_no_tls_where_some_is_meant(self) -> None:
        """So is wss:// to a port that does not, when it answers ..."""
        port = self.server(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        self.assertEqual(
            await self.problem(f"wss://127.0.0.1:{port}/"),
            "it does not speak TLS there; is ws:// (or http://) meant?",
        )

    async def test_no_word_where_tls_is_meant(self) -> None:
        """... and when it closes without a word."""
        port = self.server(b"", lambda transport: transport.loseConnection())

        self.assertEqual(
            await self.problem(f"wss://127.0.0.1:{port}/"),
            "it closed the connection before it answered the upgrade",
        )

    async def test_other_answers_to_the_upgrade(self) -> None:
        """An HTTP status in place of the upgrade is told, with the address that a redirect leads to."""
        for said, told in {
            b"404 Not Found": "it answered the upgrade with 404 Not Found where 101 is required",
            b"500 Oops": "it answered the upgrade with 500 Oops where 101 is required",
            b"301 Moved\r\nLocation: /b": "it answered the upgrade with 301 Moved to /b where 101 is required",
        }.items():
            port = self.server(b"HTTP/1.1 " + said + b"\r\n\r\n")
            self.assertEqual(await self.problem(f"ws://127.0.0.1:{port}/"), told)

    async def test_a_connection_that_is_closed(self) -> None:
        """An application that closes instead of answering is told as such."""
        port = self.server(b"HTTP/1.1 101", lambda transport: transport.loseConnection())

        self.assertEqual(
            await self.problem(f"ws://127.0.0.1:{port}/"),
            "it closed the connection before it answered the upgrade",
        )


async def _lost(listening: Listening) -> None:
    for server in listening.servers:
        await server.lost
