"""Tests of echo.phone.line.transport: small reads, and a bound on what an application leaves unread."""

from __future__ import annotations

from typing import Any

from echo.phone.line.ears import NO_CLOSE_FRAME, SocketEnd
from echo.phone.line.socket import UNREAD
from echo.phone.line.transport import MAX_UNSENT, bottom, read_little, unsent
from echo.turns import READ_BYTES
from tests.phone.line.test_socket import Line


class Tcp:
    """The parts of Twisted's TCP transport that matter here."""

    def __init__(self) -> None:
        self.bufferSize = 65536
        self.dataBuffer = b"begun"
        self.offset = 2
        self._tempDataLen = 10


class Tls:
    """A transport above another one."""

    def __init__(self, below: object) -> None:
        self.transport = below


def test_reads_are_small_under_tls_too() -> None:
    """Twenty thousand texts in one read would stop the clock."""
    lowest = Tcp()
    read_little(Tls(lowest))
    assert lowest.bufferSize == READ_BYTES
    assert bottom(Tls(Tls(lowest))) is lowest


def test_what_is_unsent_is_what_was_begun_and_what_waits() -> None:
    """Whatever of it has left does not count."""
    assert unsent(Tls(Tcp())) == 5 - 2 + 10


def test_an_application_that_does_not_read_ends_the_call() -> None:
    """Neither audio nor answers pile up for it without a bound."""
    line = Line()
    transport: Any = line.transport
    transport._tempDataLen = MAX_UNSENT
    line.socket.send_audio(b"x")
    assert line.told() == []
    transport._tempDataLen += 1
    line.socket.send_text("{}")
    assert line.told() == [SocketEnd("phone", NO_CLOSE_FRAME, UNREAD)]
    assert transport.aborted


def test_a_socket_s_reads_are_small() -> None:
    """It is so from the handshake on."""
    transport: Any = Line(opened=False).transport
    assert transport.bufferSize == READ_BYTES
