"""HTTP as the provider speaks it, on a reactor without sockets whose time moves when told to."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost, TCPTimedOutError
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from echo import __version__
from echo.phone.provider.exchange import MAX_BODY, Answer, NoAnswerError
from echo.phone.provider.fetch import Web

URL = "http://127.0.0.1:8000/answer?a=1"
#: As it is told: the query is the phone's own.
TOLD_URL = "http://127.0.0.1:8000/answer"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"


class Transport(StringTransport):
    """A transport that tells its protocol when it is aborted, as a real one does."""

    def __init__(self) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", "127.0.0.1", 8000))
        self.aborted = False

    def abortConnection(self) -> None:
        """Note it."""
        self.aborted = True


class Exchange:
    """
    One request, and a server that is played by the test.

    Attributes:
        answers: what came of the request, once.
        errors: likewise.
    """

    def __init__(
        self, method: str = "GET", url: str = URL, body: bytes | None = None, tries: int = 2
    ) -> None:
        self.reactor = MemoryReactorClock()
        self.answers: list[Answer] = []
        self.errors: list[BaseException] = []
        self.transports: list[Transport] = []
        self._protocol: Any = None
        request = Web(self.reactor).request(
            method,
            url,
            headers={"authorization": "Bearer x"},
            body=body,
            connect_timeout=1.0,
            read_timeout=5.0,
            tries=tries,
        )
        self.work = Deferred.fromCoroutine(request)
        self.work.addCallbacks(self.answers.append, lambda failure: self.errors.append(failure.value))

    @property
    def tries(self) -> int:
        """Connections that were begun."""
        return len(self.reactor.tcpClients)

    @property
    def sent(self) -> bytes:
        """What came to the server on the last connection."""
        sent: bytes = self.transports[-1].value()
        return sent

    def accept(self) -> Exchange:
        """Let the last connection be made."""
        factory = self.reactor.tcpClients[-1][2]
        self._protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 8000))
        self.transports.append(Transport())
        self._protocol.makeConnection(self.transports[-1])
        return self

    def refuse(self, error: Exception) -> None:
        """Let the last connection fail; Twisted looks for another address of the host for a moment."""
        factory: Any = self.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(None, Failure(error))
        self.reactor.advance(0.3)

    def say(self, data: bytes) -> Exchange:
        """Answer."""
        self._protocol.dataReceived(data)
        return self

    def close(self, error: Exception | None = None) -> None:
        """End the connection from the server's side."""
        self._protocol.connectionLost(Failure(error or ConnectionDone()))

    def error(self) -> NoAnswerError:
        """What the request failed with; nothing is left of it."""
        assert self.answers == []
        (error,) = self.errors
        assert isinstance(error, NoAnswerError)
        self.assert_nothing_is_left()
        return error

    def answer(self) -> Answer:
        """What the request brought; nothing is left of it."""
        assert self.errors == []
        (answer,) = self.answers
        self.assert_nothing_is_left()
        return answer

    def assert_nothing_is_left(self) -> None:
        """No timer waits, and each connection is gone."""
        assert self.reactor.getDelayedCalls() == []
        assert all(transport.aborted for transport in self.transports)


def test_a_get() -> None:
    """A GET asks for path and query, and for the connection to be closed."""
    exchange = Exchange().accept()

    exchange.say(OK)

    head = exchange.sent.split(b"\r\n")
    assert head[0] == b"GET /answer?a=1 HTTP/1.1"
    assert {b"Host: 127.0.0.1:8000", b"Authorization: Bearer x", b"Connection: close"} < set(head)
    assert b"User-Agent: echo-phone/" + __version__.encode() in head
    answer = exchange.answer()
    assert (answer.status, answer.body, answer.attempts) == (200, b"[]", 1)
    assert answer.headers["content-type"] == "application/json"


def test_a_post() -> None:
    """A POST sends its body, with its length, in one go."""
    exchange = Exchange("POST", body=b'{"a":1}').accept().say(OK)
    assert exchange.sent.endswith(b'\r\n\r\n{"a":1}')
    assert b"Content-Length: 7\r\n" in exchange.sent
    assert exchange.answer().status == 200


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n", b"[]"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"[]"),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n[]", b"[]"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", b"no"),
    ],
)
def test_forms_of_answers(said: bytes, body: bytes) -> None:
    """Answers of all lengths and statuses are taken, byte by byte as well."""
    assert Exchange().accept().say(said).answer().body == body
    slow = Exchange().accept()
    for byte in said:
        slow.say(bytes([byte]))
    assert slow.answer().body == body


def test_an_answer_may_end_with_its_connection() -> None:
    """An answer without a length is whole when the server closes."""
    exchange = Exchange().accept().say(b"HTTP/1.0 200 OK\r\n\r\n[{}]")
    exchange.close()
    assert exchange.answer().body == b"[{}]"


def test_no_connection_in_time() -> None:
    """A host that does not answer is given up on after the time for that, and tried once more."""
    exchange = Exchange()
    exchange.reactor.advance(0.99)
    assert exchange.tries == 1
    exchange.reactor.advance(0.01)
    assert (exchange.tries, exchange.errors) == (2, [])

    exchange.reactor.advance(1)

    error = exchange.error()
    assert str(error) == f"{TOLD_URL}: nobody answers there: no connection within 1 s (2 tries)"
    assert (error.attempts, error.seconds, error.reason) == (2, 2.0, "Connection timed out.")


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", b"HTTP/1.1 200 OK\r\n\r\n["],
)
def test_no_answer_in_time(said: bytes) -> None:
    """A server that says nothing, or not all, is given up on after the time for that, and tried once more."""
    exchange = Exchange()
    exchange.reactor.advance(0.5)  # the time to connect does not count
    exchange.accept().say(said)
    exchange.reactor.advance(4.99)
    assert exchange.tries == 1
    exchange.reactor.advance(0.01)
    assert exchange.transports[0].aborted

    exchange.accept()
    exchange.reactor.advance(5)

    error = exchange.error()
    assert str(error) == f"{TOLD_URL}: it did not answer within 5 s (2 tries)"
    assert (error.attempts, error.reason) == (2, "Read timed out.")


def test_a_trickle_does_not_buy_time() -> None:
    """The time is for the whole answer, however many small pieces come in it."""
    exchange = Exchange(tries=1).accept().say(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(10):
        exchange.say(b"x")
        exchange.reactor.advance(0.5)
    assert exchange.error().reason == "Read timed out."


@pytest.mark.parametrize(
    "status", [b"429 Too Many Requests", b"503 Service Unavailable", b"504 Gateway Timeout"]
)
def test_some_statuses_are_tried_again(status: bytes) -> None:
    """These are asked for once more; the second answer counts, and its time is that of both."""
    exchange = Exchange().accept().say(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
    assert exchange.answers == []
    exchange.reactor.advance(0.25)
    exchange.accept().say(OK)
    answer = exchange.answer()
    assert (answer.status, answer.attempts, answer.seconds) == (200, 2, 0.25)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 501, 502, 301])
def test_other_statuses_are_final(status: int) -> None:
    """These are answers like any other: nobody asks again, or goes where they point."""
    head = f"HTTP/1.1 {status} No\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"
    exchange = Exchange().accept().say(head.encode())
    answer = exchange.answer()
    assert (answer.status, answer.attempts, exchange.tries) == (status, 1, 1)
    assert answer.headers["location"] == "/there"


def test_the_last_try_counts() -> None:
    """A server that stays unavailable is answered for after two tries."""
    exchange = Exchange()
    for _ in range(2):
        exchange.accept().say(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
    answer = exchange.answer()
    assert (answer.status, answer.attempts) == (503, 2)


@pytest.mark.parametrize(
    ("error", "told", "reason"),
    [
        (ConnectionDone(), "it closed the connection before its answer was whole", "Connection closed."),
        (ConnectionLost(), "it reset the connection before its answer was whole", "Connection reset."),
    ],
)
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[",
        OK.replace(b"2\r\n\r\n", b"3\r\n\r\n"),
    ],
)
def test_a_connection_that_ends_is_tried_again(said: bytes, error: Exception, told: str, reason: str) -> None:
    """A server that hangs up before its answer is whole is asked once more, then told."""
    exchange = Exchange()
    for _ in range(2):
        exchange.accept().say(said)
        exchange.close(error)
    caught = exchange.error()
    assert str(caught) == f"{TOLD_URL}: {told} (2 tries)"
    assert (caught.reason, caught.attempts) == (reason, 2)


def test_a_second_try_may_do() -> None:
    """One reset does not fail a call."""
    exchange = Exchange().accept()
    exchange.close(ConnectionLost())
    exchange.accept().say(OK)
    assert exchange.answer().attempts == 2


def test_nobody_listens() -> None:
    """A refused connection is told at once; there is no sense in asking again."""
    exchange = Exchange()
    exchange.refuse(Refused())
    error = exchange.error()
    assert str(error) == f"{TOLD_URL}: nobody listens there (connection refused)"
    assert (error.attempts, error.reason) == (1, "Connection refused.")


def test_the_system_may_time_out_first() -> None:
    """A connection that the system gives up on is tried again too."""
    exchange = Exchange()
    exchange.refuse(TCPTimedOutError())
    assert exchange.tries == 2
    exchange.refuse(TCPTimedOutError())
    assert exchange.error().reason == "Connection timed out."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            b"SSH-2.0-OpenSSH_9.6\r\n",
            'what answers there does not speak HTTP: it begins with "SSH-2.0-OpenSSH_9.6"',
        ),
        (b"\r\n", 'what answers there does not speak HTTP: it begins with ""'),
        (b"\x15\x03\x01\0\2\2\x46\r\n", "it speaks TLS there; is https:// meant?"),
        (b"HTTP/1.1 abc OK\r\n", 'its answer breaks HTTP: its status line is "HTTP/1.1 abc OK"'),
        (b"HTTP/x 200 OK\r\n\r\n", 'its answer breaks HTTP: its status line is "HTTP/x 200 OK"'),
        (b"HTTP/1.1 -200 OK\r\n\r\n", 'its answer breaks HTTP: its status line is "HTTP/1.1 -200 OK"'),
        (b"HTTP/1.1 99999 OK\r\n\r\n", 'its answer breaks HTTP: its status line is "HTTP/1.1 99999 OK"'),
        (b"HTTP/1.1 2_0_0 OK\r\n\r\n", 'its answer breaks HTTP: its status line is "HTTP/1.1 2_0_0 OK"'),
        (b"HTTP/1.1 600 OK\r\n\r\n", 'its answer breaks HTTP: its status line is "HTTP/1.1 600 OK"'),
        (b"HTTP/999999999999.1 200 OK\r\n\r\n", "its answer breaks HTTP: its status line is"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 700 OK\r\n\r\n",
            "its answer breaks HTTP: its status is 700",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "its answer breaks HTTP: one of its headers is none",
        ),
    ],
)
def test_what_is_not_http_is_told(said: bytes, told: str) -> None:
    """Another protocol on that port, and HTTP that is wrong, are told as such, and not tried again."""
    exchange = Exchange().accept().say(said)
    assert f"{TOLD_URL}: {told}" in str(exchange.error())
    assert exchange.tries == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_broken_http_is_told(said: bytes) -> None:
    """An answer whose length cannot be told is none."""
    exchange = Exchange(tries=1).accept().say(said)
    assert exchange.error().reason == "Invalid response."


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 O", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_line_that_is_too_long_is_told(begin: bytes) -> None:
    """It is the phone that goes then, not the server."""
    exchange = Exchange().accept().say(begin + b"x" * 20000)
    exchange.close()
    assert (
        str(exchange.error()) == f"{TOLD_URL}: its answer breaks HTTP: a line of it has more than 16384 bytes"
    )
    assert exchange.tries == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["my_app", "a..b", "xn--a", "%00", "*", "a" * 64])
def test_a_host_that_can_be_none_is_told_before_anything_is_sent(scheme: str, host: str) -> None:
    """By the same clause whatever is spoken there, and by no traceback."""
    exchange = Exchange(url=f"{scheme}://{host}/answer?a=1")
    told = f"{scheme}://{host}/answer: {host} is no host name: "
    told += "that is made of letters, digits and -, 1 to 63 between dots"
    assert (str(exchange.error()), exchange.error().reason) == (told, "Invalid URL.")
    assert exchange.tries == 0


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"]
)
def test_a_body_is_bounded(head: bytes) -> None:
    """More than 1 MB is not read: the connection is ended, and nobody asks for it again."""
    exchange = Exchange().accept().say(head)
    while not exchange.errors:
        exchange.say(b" " * 65536)
    error = exchange.error()
    assert f"more than the {MAX_BODY} bytes" in str(error)
    assert exchange.tries == 1
    exchange.say(b" " * 65536)  # what was on its way


def test_a_large_body_is_whole() -> None:
    """What is within the bound comes through to its last byte."""
    body = b"[" + b" " * (MAX_BODY - 2) + b"]"
    exchange = Exchange().accept().say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MAX_BODY)
    for at in range(0, MAX_BODY, 65536):
        exchange.say(body[at : at + 65536])
    assert exchange.answer().body == body


def test_headers_are_bounded() -> None:
    """Headers without end are ended as well."""
    exchange = Exchange().accept().say(b"HTTP/1.1 200 OK\r\n")
    while not exchange.errors:
        exchange.say(b"X-Fill: " + b"x" * 8000 + b"\r\n")
    assert "more than" in str(exchange.error())


@pytest.mark.parametrize("said", [None, b"", b"HTTP/1.1 200 OK\r\n\r\n["])
def test_a_request_can_be_interrupted(said: bytes | None) -> None:
    """Whoever cancels gets that at once, whatever the request was about, and nothing is left of it."""
    exchange = Exchange()
    if said is not None:
        exchange.accept().say(said)

    exchange.work.cancel()

    (error,) = exchange.errors
    assert isinstance(error, CancelledError)
    exchange.assert_nothing_is_left()
    assert exchange.tries == 1
    if said is not None:
        exchange.close(ConnectionAborted())  # as Twisted tells of an abort, a moment later


def test_an_address_of_ipv6() -> None:
    """The Host header has the address in its brackets."""
    exchange = Exchange(url="http://[::1]:8080/x").accept().say(OK)
    assert b"Host: [::1]:8080\r\n" in exchange.sent


def test_the_default_port() -> None:
    """Without a port it is that of the scheme."""
    exchange = Exchange(url="http://127.0.0.1/").accept().say(OK)
    assert exchange.reactor.tcpClients[0][:2] == ("127.0.0.1", 80)
    assert b"Host: 127.0.0.1\r\n" in exchange.sent


def test_a_url_that_is_none_is_told_before_anything_is_sent() -> None:
    """No connection is begun for what is no URL."""
    exchange = Exchange(url="ftp://127.0.0.1/")
    assert exchange.error().attempts == 0
    assert exchange.tries == 0


def test_no_tries_at_all() -> None:
    """To ask zero times is a mistake of the caller's."""
    (error,) = Exchange(tries=0).errors
    assert isinstance(error, ValueError)
