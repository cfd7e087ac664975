"""
Autobahn's server protocol with its ends closed.

Autobahn parses RFC 6455 well; this layer sees to what happens around the parser when a peer is broken or
hostile. Each defence has its test in ``tests/integration/test_attacks.py``:

* A violation is answered with a Close frame that names it, and not one byte is parsed after it.
* A connection that ends does end: what is unsent gets ``linger_timeout`` to leave, then it is aborted.
* Every peer has a budget of frames, bytes, texts, pings and fragments; a message has a time in which to become whole.
* A peer that pings and does not read is owed one pong, not all of them.
* Timers are the reactor's own, one per call. Autobahn's are all off: they are rounded to whole seconds, and
  with many connections they may fire after they were cancelled.
* An exception of ours ends one call with 1011 and names it; it never reaches the peer or Autobahn.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, IPushProducer, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.budget import Budget
from echo.call.codes import INTERNAL_ERROR, MESSAGE_TOO_BIG, POLICY_VIOLATION, PROTOCOL_ERROR
from echo.limits import Limits
from echo.turns import Turns
from echo.websocket.quiet import QuietLog
from echo.websocket.short_way import ShortWay
from echo.websocket.transport import Farewell, take_over

#: A control frame carries at most 125 bytes (RFC 6455 section 5.5), two of which are the close code.
_MAX_REASON = 123


@implementer(IPushProducer, IHalfCloseableProtocol)
class SafeProtocol(ShortWay):
    """
    A WebSocket server protocol that a hostile peer cannot fill, hold open or keep busy.

    A subclass implements ``opened``, ``audio``, ``text``, ``heard``, ``ponged``, ``congested``, ``drained``,
    ``failed``, ``ending`` and ``gone``.
    """

    log = QuietLog()
    #: Twisted types it as an interface with three methods; each transport that we meet has many more.
    transport: Any

    def __init__(self, reactor: IReactorTime, limits: Limits, turns: Turns | None = None) -> None:
        """Serve one connection, with timers of ``reactor``; once it is open, among the calls of ``turns``."""
        super().__init__(reactor, limits, turns)
        self._pings = Budget(limits.pings_per_second, limits.pings_burst, self.now)
        self._texts = Budget(limits.texts_per_second, limits.texts_burst, self.now)
        self._fragments = 0
        self._fragment_deadline: IDelayedCall | None = None
        self._farewell: Farewell | None = None
        self._finished = False
        self._writable = True
        self._pong_owed: bytes | None = None

    # For the subclass.

    def opened(self) -> None:
        """Begin: the upgrade is done."""

    def text(self, payload: bytes) -> None:
        """Take one whole text message."""

    def heard(self) -> None:
        """Note a sign of life that is no message."""

    def ponged(self, payload: bytes) -> None:
        """Note an answer to a ping, which is a sign of life too."""

    def congested(self) -> None:
        """Stop sending: the transport has enough."""

    def drained(self) -> None:
        """Send again: the transport has sent everything."""

    def failed(self, what: str) -> None:
        """End after an exception in ``what``, which is being handled."""

    def ending(self) -> None:
        """Note who ended the connection, while that is certain: it is over but for its last bytes."""

    def gone(self, reason: Failure) -> None:
        """Let go: the connection is lost."""

    def refused(self, limit: str) -> None:
        """Note that the peer exceeds a limit, or violates the protocol, and is let go."""

    def refuse(self, code: int, reason: str, limit: str) -> None:
        """
        End the connection at once with a Close frame: what the peer sent is not parsed any further.

        Args:
            code: the close code.
            reason: one sentence for the peer.
            limit: the name of the limit that was exceeded; empty where the fault is ours.
        """
        if self.state == self.STATE_CLOSED:
            return
        if limit:
            self.refused(limit)
        self.failedByMe = True
        self.wasNotCleanReason = reason
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code, reason.encode()[:_MAX_REASON])
        self.dropConnection(abort=False)

    # Called by Twisted.

    def dataReceived(self, data: bytes) -> None:
        """Parse what one read brought."""
        self.received(data, self._reactor.seconds())

    def parse(self, data: bytes) -> None:
        """Parse what one read brought, unless we are done with this peer."""
        if self._farewell is not None:
            self._farewell.discard(data)
        if self._finished:
            return
        if not self._bytes.spend(len(data), self.now):
            self.refuse(POLICY_VIOLATION, self.too_many_bytes(), "bytes_per_second")
            return
        try:
            rest = self.take_whole_frames(data)
            if rest and not self._finished:
                self.data += rest
                self.consumeData()
        except BaseException:  # noqa: BLE001  whatever it is, it is ours, and must not cost other calls anything
            self.failed("parsing")
            self.refuse(INTERNAL_ERROR, "internal error", "")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Cancel the timers and let Autobahn clean up, then tell the subclass."""
        self._finished = True
        self.stand_up()
        self._end_of_fragments()
        if self._farewell is not None:
            self._farewell.over()
            self._farewell = None
        try:
            super().connectionLost(reason)
        except BaseException:  # noqa: BLE001  whatever is wrong in there, the call must not stay in the list for it
            self.failed("cleaning up")
        finally:
            self.is_open = self.is_closed = None  # Deferreds that hold the protocol that holds them
            self.gone(reason)

    def readConnectionLost(self) -> None:
        """Send what is unsent to a peer that has ended its side, and then go; it says nothing any more."""
        if self._farewell is None:
            self._finished = True
            self.state = self.STATE_CLOSED
            self._farewell = Farewell(self.transport, self._reactor, self._limits.linger_timeout)
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Hear that our side has ended, as it was meant to."""

    def pauseProducing(self) -> None:
        """Hear from the transport that it has enough unsent bytes."""
        self._writable = False
        try:
            self.congested()
        except BaseException:  # noqa: BLE001  the reactor would take it for a fault of the connection
            self.failed("waiting")

    def resumeProducing(self) -> None:
        """Hear from the transport that it has sent everything."""
        self._writable = True
        try:
            if self._pong_owed is not None:
                payload, self._pong_owed = self._pong_owed, None
                self.sendPong(payload)
            self.drained()
        except BaseException:  # noqa: BLE001  the reactor would take it for a fault of the connection
            self.failed("sending")

    def stopProducing(self) -> None:
        """Hear from the transport that it is gone; ``connectionLost`` follows."""

    # Called by Autobahn.

    def onOpen(self) -> None:
        """Take the transport over from HTTP. An exception here would vanish in Autobahn's Deferred."""
        try:
            take_over(self.transport, self)
            self.sit_down()
            self.opened()
        except BaseException:  # noqa: BLE001  see above
            self.failed("opening")
            self.refuse(INTERNAL_ERROR, "internal error", "")

    def onFrameBegin(self) -> None:
        """Charge the frame that begins to the peer's budgets before anything is kept of it."""
        exceeded = self._over_budget()
        if exceeded is not None:
            self.refuse(POLICY_VIOLATION, *exceeded)
        else:
            super().onFrameBegin()

    def onMessageEnd(self) -> None:
        """Join a whole message. Autobahn would make a Deferred for each, for listeners that we do not have."""
        if self._fragments:
            self._end_of_fragments()
        if not self.failedByMe:
            self.onMessage(b"".join(self.message_data), self.message_is_binary)
        self.message_data = []

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Tell audio from text; an exception ends this call and no other."""
        try:
            if isBinary:
                self.audio(payload, self.now)
            else:
                self.text(payload)
        except BaseException:  # noqa: BLE001  whatever an app raises, see echo.turns
            self.failed("the app")

    def onPing(self, payload: bytes) -> None:
        """Answer at once, or, while the peer does not read, the newest ping only (RFC 6455 section 5.5.3)."""
        self.heard()
        if self._writable:
            self.sendPong(payload)
        else:
            self._pong_owed = payload

    def onPong(self, payload: bytes) -> None:
        """Note that the peer lives."""
        self.ponged(payload)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Write; without Autobahn's statistics and log lines, and without its unbounded queue of pieces."""
        self.flush()
        self.transport.write(data)

    # How Autobahn ends a connection.

    def _fail_connection(self, code: int = PROTOCOL_ERROR, reason: str = "protocol error") -> None:
        self.refuse(code, reason, "max_message" if code == MESSAGE_TOO_BIG else "protocol")

    def _closeConnection(self, abort: bool = False) -> None:
        """Let the connection go; a closing handshake that went well never ends in a reset."""
        self._finished = True
        self.data = b""
        self.flush()
        if abort and not self.wasClean:
            self.transport.abortConnection()
            return
        self.ending()
        self._farewell = Farewell(self.transport, self._reactor, self._limits.linger_timeout)

    # Budgets.

    def _over_budget(self) -> tuple[str, str] | None:
        """Say what the frame that begins is too much of, and the name of that limit; or ``None``."""
        frame = self.current_frame
        if not self._frames.take(self.now):
            return self.too_many_frames(), "frames_per_second"
        if frame.opcode > 7:
            if frame.opcode == 9 and not self._pings.take(self.now):
                return f"more than {self._limits.pings_per_second} pings a second", "pings_per_second"
            return None
        return self._over_budget_of_messages(frame)

    def _over_budget_of_messages(self, frame: Any) -> tuple[str, str] | None:
        if frame.opcode == 1 and not self._texts.take(self.now):
            return f"more than {self._limits.texts_per_second} texts a second", "texts_per_second"
        if frame.fin:
            return None
        self._fragments += 1
        if self._fragments == 1:
            self._fragment_deadline = self._reactor.callLater(self._limits.fragment_timeout, self._too_slow)
        if self._fragments >= self._limits.max_fragments:
            return f"a message in more than {self._limits.max_fragments} fragments", "max_fragments"
        return None

    def _end_of_fragments(self) -> None:
        self._fragments = 0
        if self._fragment_deadline is not None:
            self._fragment_deadline.cancel()
            self._fragment_deadline = None

    def _too_slow(self) -> None:
        self._fragment_deadline = None
        late = f"a message took more than {self._limits.fragment_timeout} s"
        self.refuse(POLICY_VIOLATION, late, "fragment_timeout")
