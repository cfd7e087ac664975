"""Tests of echo.vonage.web, on sockets of this machine: whatever a server does, there is an end, and in bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from echo.vonage.web import MAX_BODY, Said, UnansweredError, Web
from tests.vonage.test_client import the_reactor

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Server(Protocol):
    """Says what its factory has to the first bytes of a request."""

    factory: Any

    def connectionMade(self) -> None:
        """Be known."""
        self.factory.connections.append(self)

    def dataReceived(self, data: bytes) -> None:
        """Answer."""
        self.factory.heard += data
        self.factory.answer(self.transport)


class Tests(TestCase):
    """One request each."""

    timeout = 20

    def serve(self, answer: Callable[[Any], object]) -> str:
        """A server that answers so; its URL."""
        factory: Any = Factory.forProtocol(Server)
        factory.noisy = False
        factory.connections, factory.heard, factory.answer = [], b"", answer
        self.server = factory
        port = the_reactor().listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return f"http://127.0.0.1:{port.getHost().port}/v1/calls"

    def ask(self, url: str, *, read_timeout: float = 10) -> Deferred[Said]:
        """Ask it."""
        work = Web(the_reactor()).ask(
            "POST",
            url,
            headers={"authorization": "Bearer token"},
            body=b"{}",
            connect_timeout=5,
            read_timeout=read_timeout,
        )
        return Deferred.fromCoroutine(work)

    def fails(
        self, work: Deferred[Said], told: str, *, worth: bool, lost: bool = False
    ) -> Deferred[UnansweredError]:
        """It fails with a clause that tells something."""

        def look(error: UnansweredError) -> UnansweredError:
            self.assertIn(told, str(error))
            self.assertEqual((error.is_worth_another, error.is_lost), (worth, lost))
            return error

        failing: Deferred[UnansweredError] = self.assertFailure(work, UnansweredError)  # type: ignore[arg-type]  # it gives another
        return failing.addCallback(look)

    def test_an_answer(self) -> Deferred[None]:
        """Status, headers and body are told; what was sent is what was meant, and asks for no compression."""
        url = self.serve(
            lambda transport: transport.write(HEAD + b"Retry-After: 3\r\nContent-Length: 2\r\n\r\n{}")
        )

        def look(said: Said) -> None:
            self.assertEqual((said.status, said.body, said.headers["retry-after"]), (200, b"{}", "3"))
            self.assertTrue(self.server.heard.startswith(b"POST /v1/calls HTTP/1.1\r\n"))
            self.assertIn(b"\r\nAuthorization: Bearer token\r\n", self.server.heard)
            self.assertIn(b"\r\nAccept-Encoding: identity\r\n", self.server.heard)
            self.assertTrue(self.server.heard.endswith(b"\r\n\r\n{}"))

        return self.ask(url).addCallback(look)

    def test_a_redirect_is_not_followed(self) -> Deferred[None]:
        """The token goes to nobody else: there is one connection, and the answer is the redirect."""
        url = self.serve(
            lambda transport: transport.write(
                b"HTTP/1.1 307 No\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
            )
        )

        def look(said: Said) -> None:
            self.assertEqual(said.status, 307)
            self.assertEqual(len(self.server.connections), 1)

        return self.ask(url).addCallback(look)

    def test_cookies_are_not_kept(self) -> Deferred[None]:
        """Nothing of one request is in the next."""
        url = self.serve(
            lambda transport: transport.write(HEAD + b"Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        )

        async def twice() -> None:
            await self.ask(url)
            await self.ask(url)
            self.assertNotIn(b"ookie", self.server.heard)

        return Deferred.fromCoroutine(twice())

    def test_an_answer_that_does_not_come(self) -> Deferred[UnansweredError]:
        """It is not waited for any longer, and nobody knows what became of the request."""
        return self.fails(self.ask(self.serve(lambda _: None), read_timeout=0.1), "within 0.1 s", worth=True)

    def test_a_body_that_does_not_end(self) -> Deferred[UnansweredError]:
        """The time is that of the whole answer."""
        url = self.serve(lambda transport: transport.write(HEAD + b"Content-Length: 9\r\n\r\n{"))
        return self.fails(self.ask(url, read_timeout=0.1), "within 0.1 s", worth=True)

    def test_an_answer_that_is_too_large(self) -> Deferred[UnansweredError]:
        """It is cut off where it is."""
        url = self.serve(lambda transport: transport.write(HEAD + b"\r\n" + b" " * (2 * MAX_BODY + 65536)))
        return self.fails(self.ask(url), f"more than the {MAX_BODY} bytes", worth=False)

    def test_headers_that_do_not_end(self) -> Deferred[UnansweredError]:
        """They count as well."""
        url = self.serve(lambda transport: transport.write(HEAD + b"A: b\r\n" * 65536))
        return self.fails(self.ask(url), f"more than the {MAX_BODY} bytes", worth=False)

    def test_an_answer_that_is_compressed(self) -> Deferred[UnansweredError]:
        """It is not unpacked: a few bytes can become any number."""
        url = self.serve(
            lambda transport: transport.write(
                HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"
            )
        )
        return self.fails(self.ask(url), "compressed", worth=False)

    def test_an_answer_that_is_cut_off(self) -> Deferred[UnansweredError]:
        """The connection was there, so something may have been done."""
        url = self.serve(lambda transport: transport.abortConnection())
        return self.fails(self.ask(url), "connection before its answer was whole", worth=True)

    def test_what_is_no_http(self) -> Deferred[UnansweredError]:
        """It is told by how it begins."""
        url = self.serve(lambda transport: transport.write(b"SSH-2.0-OpenSSH\r\n\r\n"))
        return self.fails(self.ask(url), "does not speak HTTP", worth=False)

    def test_a_status_that_is_none(self) -> Deferred[UnansweredError]:
        """However Python reads it."""
        url = self.serve(lambda transport: transport.write(b"HTTP/1.1 2_0 OK\r\nContent-Length: 4\r\n\r\n{"))
        return self.fails(self.ask(url), "breaks HTTP", worth=False)

    def test_nobody_listens(self) -> Deferred[UnansweredError]:
        """Nobody was reached, so it may be sent again whatever it is."""
        return self.fails(self.ask("http://127.0.0.1:9/"), "nobody listens there", worth=True, lost=True)

    def test_a_name_that_is_none(self) -> Deferred[UnansweredError]:
        """It is never looked for."""
        return self.fails(self.ask("http://a..b/"), "is no host name", worth=False, lost=True)

    def test_it_can_be_cancelled(self) -> Deferred[CancelledError]:
        """The connection goes with it."""
        work: Deferred[Said]
        url = self.serve(lambda _: work.cancel())
        work = self.ask(url)
        cancelled: Deferred[CancelledError] = self.assertFailure(work, CancelledError)  # type: ignore[arg-type]  # it gives another
        return cancelled
