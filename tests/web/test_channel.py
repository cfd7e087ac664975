"""Tests of echo.web.channel: one connection that speaks HTTP, within bounds."""

from __future__ import annotations

import tempfile
from http import HTTPStatus

import pytest
from twisted.internet.defer import Deferred

from echo.websocket.transport import FAREWELL_BYTES
from tests.face import Face, Later, Wire, read_answer, read_answers

POST = b"POST /events HTTP/1.1\r\nHost: a\r\n"
BODY = b'{"status": "%s"}'


def chunked(body: bytes, size: int) -> bytes:
    """Encode ``body`` in chunks of ``size``."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def padded(length: int) -> bytes:
    """Make an event of exactly ``length`` bytes."""
    return BODY % (b"x" * (length - len(BODY % b"")))


def refused(wire: Wire, status: int) -> bool:
    """Tell whether the peer got ``status`` and our side of the connection is over."""
    return read_answer(wire.taken()).status == status and wire.half_closed


@pytest.mark.parametrize(("length", "status"), [(65536, 200), (65537, 413)])
def test_a_body_is_limited_by_its_announcement(length: int, status: int) -> None:
    """The last byte that fits passes, one more is refused."""
    wire = Face().connect()

    wire.receive(POST + b"Content-Length: %d\r\n\r\n" % length + padded(length))

    assert read_answer(wire.taken()).status == status


@pytest.mark.parametrize(("length", "status"), [(65536, 200), (65537, 413)])
def test_a_chunked_body_is_limited_as_it_comes(length: int, status: int) -> None:
    """A body that does not announce its length is counted, and refused with the byte that is too much."""
    wire = Face().connect()

    wire.receive(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(padded(length), 8191))

    assert read_answer(wire.taken()).status == status


def test_a_large_body_is_refused_before_it_comes() -> None:
    """The announcement alone is answered; what follows is thrown away, and the connection ends."""
    face = Face()
    wire = face.connect()
    wire.receive(POST + b"Content-Length: 100000000\r\n\r\n")
    assert refused(wire, 413)

    wire.receive(bytes(100_000))
    assert wire.state() == "half closed"
    face.clock.advance(2)

    assert wire.taken() == b""
    assert wire.state() == "aborted"


def test_a_body_that_comes_all_the_same_ends_the_connection() -> None:
    """A peer that goes on sending after its refusal is cut off after a megabyte."""
    wire = Face().connect()
    wire.receive(POST + b"Content-Length: 100000000\r\n\r\n")

    wire.receive(bytes(FAREWELL_BYTES + 1))

    assert wire.state() == "aborted"


def test_a_length_of_thousands_of_digits_is_no_length() -> None:
    """Numbers that Python will not convert are a bad request and no bug."""
    face = Face()
    wire = face.connect()

    wire.receive(POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n")

    assert refused(wire, 400)
    assert face.log.at("failure") == []


def test_the_name_of_a_header_is_limited() -> None:
    """Names are remembered by the library for as long as it runs, so long ones are refused."""
    wire = Face().connect()
    wire.receive(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x" * 100 + b": y\r\n\r\n")
    assert read_answer(wire.taken()).status == 200

    wire.receive(b"GET / HTTP/1.1\r\n" + b"x" * 101 + b": y\r\nHost: a\r\n\r\n")

    assert refused(wire, 431)


@pytest.mark.parametrize("data", [b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /he", b""])
def test_a_peer_that_has_said_all_is_answered_and_let_go(data: bytes) -> None:
    """A peer that ends its side gets its answer, whole; then the connection is closed, or, unread, aborted."""
    face = Face()
    wire = face.connect()
    wire.receive(data)

    wire.protocol.readConnectionLost()
    wire.protocol.writeConnectionLost()

    assert wire.disconnecting
    assert wire.taken().startswith(b"HTTP/1.1 200 ") == data.endswith(b"\r\n\r\n")
    face.clock.advance(2)
    assert wire.state() == "aborted"


def test_a_form_with_files_is_refused_unparsed() -> None:
    """Multipart is answered with 415 before a byte of its body is kept."""
    wire = Face().connect()

    wire.receive(POST + b"Content-Type: Multipart/form-data; boundary=x\r\nContent-Length: 10\r\n\r\n")

    assert refused(wire, 415)


@pytest.mark.parametrize(
    "header",
    [
        b"GET /" + b"x" * 17000,
        b"GET / HTTP/1.1\r\nX: " + b"x" * 17000,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 65 + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: %s\r\n" % (n, b"x" * 1000) for n in range(20)) + b"\r\n",
    ],
    ids=["long line", "long header", "many headers", "many bytes"],
)
@pytest.mark.parametrize("piece", [None, 100])
def test_a_header_is_limited(header: bytes, piece: int | None) -> None:
    """A header that is too long, whole or in its lines, or has too many of them, is answered with 431."""
    wire = Face().connect()

    wire.receive(header, piece)

    assert refused(wire, 431)


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
def test_what_is_not_http_is_refused(data: bytes) -> None:
    """What cannot be parsed is a bad request, and the connection ends."""
    wire = Face().connect()

    wire.receive(data)

    assert refused(wire, 400)


def test_nothing_is_parsed_after_a_refusal() -> None:
    """A good request behind a bad one on the same connection is not answered."""
    wire = Face().connect()

    wire.receive(b"bad\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    wire.receive(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")

    assert wire.taken().count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    ("start", "answered"),
    [
        (b"", 0),
        (b"GET /he", 0),
        (b"GET /health HTTP/1.1\r\nHost", 408),
        (POST + b"Content-Length: 99\r\n\r\n{", 408),
    ],
)
def test_a_slow_request_is_cut_off_in_time(start: bytes, answered: int) -> None:
    """A request has ten seconds as a whole, however steadily its bytes trickle; two more and it is gone."""
    face = Face()
    wire = face.connect()
    wire.receive(start)
    for _ in range(9):
        face.clock.advance(1)
        wire.receive(b" ")
    assert wire.state() == "open"

    face.clock.advance(1)
    assert wire.state() == "half closed"
    assert (read_answer(wire.taken()).status if answered else 0) == answered
    face.clock.advance(2)

    assert wire.state() == "aborted"
    assert face.clock.getDelayedCalls() == []


def test_the_clock_starts_anew_with_each_request() -> None:
    """A connection that keeps asking is kept; ten seconds after its last answer it is closed."""
    face = Face()
    wire = face.connect()
    for _ in range(5):
        face.clock.advance(9)
        wire.receive(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_answer(wire.taken()).status == 200

    face.clock.advance(10)

    assert wire.half_closed


def test_pipelined_requests_are_answered_in_order() -> None:
    """Two requests in one segment get two answers."""
    wire = Face().connect()

    wire.receive(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")

    data = wire.taken()
    assert data.index(b"200 OK") < data.index(b"404 Not Found")


def test_an_answer_that_comes_after_a_refusal_begins_nothing() -> None:
    """A connection that was refused while it waited for an answer ends by the clock of the refusal, and by no other."""
    face, answer = Face(), Deferred[object]()
    face.site.resource = Later(answer)
    wire = face.connect()
    wire.receive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    wire.protocol.refuse_request(HTTPStatus.BAD_REQUEST, "enough")

    answer.callback(None)
    wire.receive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert wire.state() == "half closed"
    assert len(face.clock.getDelayedCalls()) == 1
    face.clock.advance(2)

    assert wire.state() == "aborted"
    assert face.clock.getDelayedCalls() == []


def test_what_comes_behind_a_request_is_not_its_body() -> None:
    """Requests that wait for an answer before theirs are not refused for their length, and have their turn."""
    face, answer = Face(max_body=1), Deferred[object]()
    face.site.resource = Later(answer)
    wire, request = face.connect(), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    wire.receive(request)

    wire.receive(request * 200)
    assert (wire.taken(), wire.state()) == (b"", "open")
    answer.callback(None)

    assert wire.taken().count(b"HTTP/1.1 200 OK") == 201
    assert wire.state() == "open"


def test_a_peer_that_does_not_read_its_answers_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests without end, whose answers nobody takes, do not pile up: reading stops until they are taken."""
    face = Face()
    wire = face.connect()
    channel = wire.protocol
    monkeypatch.setattr(
        wire, "write", lambda _data: channel.pauseProducing()
    )  # a buffer that is full at once
    wire.receive(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
    assert wire.producerState == "paused"

    channel.resumeProducing()

    assert wire.producerState == "producing"


def test_a_peer_that_is_gone_leaves_nothing() -> None:
    """Losing a connection stops its clock and gives its place away."""
    face = Face()
    wire = face.connect()
    assert face.site.connections == 1

    wire.lose()
    assert face.site.connections == 0
    assert face.clock.getDelayedCalls() == []


@pytest.mark.parametrize("body", [b"1\r\na\r\n" * 65536, (b"1;" + b"x" * 1000 + b"\r\na\r\n") * 600])
def test_chunks_have_a_limit_of_their_own(body: bytes) -> None:
    """What stands around the chunks is bounded: chunks of a byte each pass, large extensions do not."""
    wire = Face().connect()

    wire.receive(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n", 4096)

    status = read_answer(wire.taken()).status
    assert status == (413 if b";" in body else 400)  # a body of nothing but "a" is read, and is no JSON


def test_headers_behind_the_last_chunk_are_few() -> None:
    """Trailers, of which each would be an object for as long as the request lasts, end after a kilobyte."""
    wire = Face().connect()

    wire.receive(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a:\r\n" * 300 + b"\r\n")

    assert refused(wire, 400)


def test_an_absolute_target_is_a_path_and_a_host() -> None:
    """A request as it is sent to a proxy is answered as any other, for the host that its target names."""
    wire = Face().connect()

    wire.receive(b"GET http://right.example:8000/ncco?to=1 HTTP/1.1\r\nHost: wrong.example\r\n\r\n")

    (answer,) = read_answers(wire.taken())
    assert answer.json()[-1]["endpoint"][0]["uri"] == "ws://right.example:8000/socket"


def test_an_answer_without_content_has_no_length() -> None:
    """RFC 9110 section 8.6 forbids a Content-Length with 204."""
    answer = Face().ask("/ncco", method="OPTIONS")

    assert answer.status == 204
    assert "content-length" not in answer.headers


@pytest.mark.parametrize(
    ("line", "status"),
    [("GET /health HTTP/1.0", b"200"), ("HEAD /health HTTP/1.0", b"200"), ("GET / HTTP/1.1", b"400")],
)
def test_http_1_0_is_answered_without_a_host(line: str, status: bytes) -> None:
    """Health checks of old speak HTTP/1.0: no Host, one answer, and the connection ends with it."""
    wire = Face().connect()

    wire.receive(line.encode() + b"\r\n\r\n")

    (answer,) = read_answers(wire.taken())
    assert b"%d" % answer.status == status
    assert answer.headers["connection"] == "close"
    assert (answer.body == b"") == line.startswith("HEAD")
    assert wire.disconnecting or wire.half_closed


def test_a_refused_head_has_no_body() -> None:
    """The answer to HEAD is a header whatever is wrong with it."""
    wire = Face().connect()

    wire.receive(b"HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n")

    head, _, body = wire.taken().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert body == b""


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/health", "/ncco", "/nothing", "/socket", "/openapi.json", "\0"])
def test_every_answer_is_guarded(method: str, path: str) -> None:
    """Whatever is asked for, and whatever is refused, forbids sniffing, framing, scripts and caching."""
    headers = Face().ask(path, method=method).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers


def test_a_body_is_never_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body as large as may be is kept in memory: nothing here opens a temporary file."""
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: 1 / 0)
    wire = Face(max_body=200_000).connect()

    wire.receive(POST + b"Content-Length: 150000\r\n\r\n" + padded(150_000))

    assert read_answer(wire.taken()).status == 200
