"""
The socket as the provider's side holds it: Autobahn's parser, with a short way for the frames that a call has.

What the application sends is told message by message, with the number of frames that each came in, because
the provider drops fragments. The handshake and every frame that leaves are written by us: Autobahn's client
says more of itself than the provider does, and a fault must be able to leave in mid-frame.
"""

from __future__ import annotations

import os
from typing import Any

from autobahn.twisted.websocket import WebSocketClientProtocol
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from echo.phone.line.ears import NO_CLOSE_FRAME, NO_CODE, Ears, SocketEnd
from echo.phone.line.transport import MAX_UNSENT, read_little, unsent, without_delay
from echo.phone.tls import tls_problem
from echo.untrusted import clean
from echo.wire.frames import client_frame, take_plain_binary

#: The published module's receive buffer; nothing larger is kept of one message.
MAX_MESSAGE = 1024 * 1024

#: More than any answer to an upgrade has.
MAX_HEAD = 65536

#: How long an application may take to drop the connection once the Close frames are exchanged.
CLOSE_SECONDS = 2.0

#: Why a call ended whose application does not read.
UNREAD = f"the application does not read: {MAX_UNSENT // 1024} KiB wait to be sent"

CONTINUATION, TEXT, BINARY, CLOSE, PONG = 0, 1, 2, 8, 10

_KEYS_AT_A_TIME = 4096


class QuietLog:
    """Takes the place of Autobahn's logger: what happens on the line is told by the phone."""

    def _ignore(self, *args: object, **kwargs: object) -> None:
        """Drop a line."""

    trace = debug = info = warn = error = failure = _ignore


class PhoneSocket(WebSocketClientProtocol):
    """One connection to the application; fulfils :class:`echo.phone.line.manner.Line`."""

    log = QuietLog()
    transport: Any
    current_frame: Any

    def __init__(self, reactor: IReactorTime, ears: Ears, request: bytes, key: bytes) -> None:
        """Prepare; ``request`` is the opening handshake, ``key`` the value in it that is to be confirmed."""
        super().__init__()
        self._reactor = reactor
        self._ears = ears
        self._request = request
        self._key = key
        self._keys = b""
        self._pieces = 0
        self._end: SocketEnd | None = None
        self._deadline: IDelayedCall | None = None
        self._refused = False
        self.opened = False
        self.now = reactor.seconds()

    # Verbs.

    def send_text(self, text: str) -> None:
        """Send a text message."""
        self.write(client_frame(0x1, text.encode(), self._mask()))

    def send_audio(self, payload: bytes) -> None:
        """Send a binary message in one frame."""
        self.write(client_frame(0x2, payload, self._mask()))

    def send_piece(self, payload: bytes, *, first: bool, last: bool) -> None:
        """Send one fragment of a binary message."""
        self.write(client_frame(BINARY if first else CONTINUATION, payload, self._mask(), final=last))

    def write(self, data: bytes) -> None:
        """Write bytes, unless the connection is over; it is over where too many wait to be read."""
        if self._end is None:
            self.transport.write(data)
            if unsent(self.transport) > MAX_UNSENT:
                self._over(SocketEnd("phone", NO_CLOSE_FRAME, UNREAD))
                self.transport.abortConnection()

    def pause(self) -> None:
        """Stop reading: the application's audio stays where it is."""
        self.transport.pauseProducing()

    def resume(self) -> None:
        """Read again."""
        self.transport.resumeProducing()

    def hang_up(self, code: int = 1000) -> None:
        """Say goodbye with a Close frame, and wait for the application to go."""
        if self._end is None:
            self.write(client_frame(CLOSE, code.to_bytes(2, "big"), self._mask()))
            self._over(SocketEnd("phone", code, ""))
            self._linger()

    def drop(self, reason: str = "") -> None:
        """End the connection without a Close frame, as the provider does when somebody hangs up."""
        if self._end is None:
            self._over(SocketEnd("phone", NO_CLOSE_FRAME, reason))
            self.transport.loseConnection()
            self._linger()

    def abort(self) -> None:
        """End the connection by a reset."""
        self._over(SocketEnd("phone", NO_CLOSE_FRAME, ""))
        self.transport.abortConnection()

    def _mask(self) -> bytes:
        """Take four bytes nobody could foresee; asking the system for each frame's would cost more than the frame."""
        if not self._keys:
            self._keys = os.urandom(_KEYS_AT_A_TIME)
        key, self._keys = self._keys[:4], self._keys[4:]
        return key

    # From Twisted.

    def dataReceived(self, data: bytes) -> None:
        """Take what Twisted has read."""
        self.received(data, self._reactor.seconds())

    def received(self, data: bytes, now: float) -> None:
        """
        Parse what one read brought at ``now``, whoever has read it.

        Whatever cannot be parsed is the application's fault and ends the call.
        """
        self.now = now
        if self._end is not None or self._refused:
            return
        try:
            self._parse(data)
        except UnicodeDecodeError:
            self._broken("its answer to the upgrade is not ASCII")
        except Exception as error:  # noqa: BLE001  Autobahn raises what it comes across, on malformed answers
            self._broken(f"what it sent cannot be read ({clean(repr(error), 80)})")

    def _parse(self, data: bytes) -> None:
        rest = self._take_whole_frames(data) if self.opened else data
        if rest and self._end is None:
            self.data += rest
            if not self.opened and len(self.data) > MAX_HEAD:
                self._broken(f"its answer to the upgrade has more than {MAX_HEAD} bytes of headers")
            else:
                self.consumeData()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Clean up, and tell the end where it was not told."""
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        super().connectionLost(reason)
        self.is_open = self.is_closed = None  # Deferreds that hold the protocol that holds them
        if not self.opened:
            problem = tls_problem(reason.value) or "it closed the connection before it answered the upgrade"
            self._refuse(problem)
        clean_end = reason.check(type(connectionDone.value)) is not None
        self._over(
            SocketEnd("application", NO_CLOSE_FRAME, "")
            if clean_end
            else SocketEnd("network", NO_CLOSE_FRAME, clean(reason.getErrorMessage(), 120))
        )

    # From Autobahn.

    def startHandshake(self) -> None:
        """Write the provider's request in place of Autobahn's."""
        without_delay(self.transport)
        read_little(self.transport)
        self.websocket_key = self._key
        self.transport.write(self._request)

    def processHandshake(self) -> None:
        """Look at the status before Autobahn does: most that goes wrong with an upgrade is told there."""
        head, found, _ = self.data.partition(b"\r\n\r\n")
        if not found:
            return
        status = head.partition(b"\r\n")[0].split(b" ", 2)
        if status[0].startswith(b"HTTP/") and len(status) > 1 and status[1] != b"101":
            location = _location(head) if status[1][:1] == b"3" else ""
            said = clean(b" ".join(status[1:]).strip(), 80)
            hint = "; is this the answer URL? that one is called by http:// or https://" * (
                status[1] == b"200"
            )
            self._refuse(f"it answered the upgrade with {said}{location} where 101 is required{hint}")
            self.transport.abortConnection()
            return
        super().processHandshake()

    def failHandshake(self, reason: str) -> None:
        """Pass on what Autobahn found wrong with the answer."""
        self._refuse(f"its answer to the upgrade is wrong: {clean(reason, 200)}")
        self.transport.abortConnection()

    def onOpen(self) -> None:
        """Begin."""
        self.opened = True
        self._ears.opened(self.now)

    def onFrameBegin(self) -> None:
        """Count the frames of a message."""
        if self.current_frame.opcode < CLOSE:
            self._pieces += 1
        super().onFrameBegin()

    def onMessageEnd(self) -> None:
        """Join a whole message; without Autobahn's Deferred for each."""
        payload, pieces = b"".join(self.message_data), self._pieces
        self.message_data, self._pieces = [], 0
        if self.failedByMe or self._end is not None:
            return
        if self.message_is_binary:
            self._ears.audio(payload, pieces, self.now)
        else:
            self._ears.text(payload, self.now)

    def onPing(self, payload: bytes) -> None:
        """Answer."""
        self.write(client_frame(PONG, payload, self._mask()))

    def onPong(self, payload: bytes) -> None:
        """Ignore: we send no pings, as the provider sends none."""

    def onCloseFrame(self, code: Any, reasonRaw: Any) -> None:
        """Answer the application's Close frame and let it go; either part may be ``None``."""
        super().onCloseFrame(code, reasonRaw)  # what is wrong with it, _fail_connection is told
        if self._end is None:
            self.write(client_frame(CLOSE, b"" if code is None else code.to_bytes(2, "big"), self._mask()))
            self._over(SocketEnd("application", code or NO_CODE, clean(reasonRaw or b"", 120)))
            self._linger()

    def sendCloseFrame(self, *args: object, **kwargs: object) -> None:
        """Write none of Autobahn's Close frames: ours are written where the end is decided."""

    def _fail_connection(self, code: int = 1002, reason: str = "protocol error") -> None:
        """End after a violation of RFC 6455."""
        self.failedByMe = True
        self._broken(clean(reason, 120), code)

    def _closeConnection(self, abort: bool = False) -> None:
        """Leave the end of the transport to us."""

    # Both.

    def _take_whole_frames(self, data: bytes) -> bytes:
        """Take whole binary frames at the beginning of ``data``; returns the rest, for Autobahn's parser."""
        if self.data or self.inside_message or self.current_frame is not None:
            return data
        at = 0
        while self._end is None and (found := take_plain_binary(data, at, MAX_MESSAGE)) is not None:
            payload, at = found
            self._ears.audio(payload, 1, self.now)
        return data[at:] if at else data

    def _broken(self, problem: str, code: int = 1002) -> None:
        if not self.opened:
            self._refuse(problem)
        elif self._end is None:
            self.write(client_frame(CLOSE, code.to_bytes(2, "big"), self._mask()))
            self._over(SocketEnd("phone", code, f"the application broke the WebSocket protocol: {problem}"))
        self.transport.loseConnection()
        self._linger()

    def _refuse(self, problem: str) -> None:
        if not self._refused:
            self._refused = True
            self._ears.refused(problem)

    def _over(self, end: SocketEnd) -> None:
        if self._end is None:
            self._end = end
            if self.opened:
                self._ears.closed(end, self._reactor.seconds())

    def _linger(self) -> None:
        """Abort a connection that does not go by itself."""
        if self._deadline is None:
            self._deadline = self._reactor.callLater(CLOSE_SECONDS, self.transport.abortConnection)


def _location(head: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"location":
            return f" to {clean(value.strip(), 200)}"
    return ""
