"""The WebSocket of a call: translates between Autobahn's callbacks and a ``CallSession``."""

from __future__ import annotations

import secrets
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from echo.audio.format import RATES, AudioFormat
from echo.call.codes import NO_CLOSE_FRAME, NO_CODE, TRY_AGAIN_LATER
from echo.call.report import Ending
from echo.call.session import CallSession
from echo.call.terms import CallTerms
from echo.refusals import Refusals
from echo.registry import Registry
from echo.turns import Turns
from echo.untrusted import clean
from echo.websocket.safe import SafeProtocol
from echo.wire.frames import binary_head

#: What the provider's published media module offers. Selected when it is offered, because a browser fails
#: otherwise; never demanded.
SUBPROTOCOL = "WSBRIDGE"

_OPEN = SafeProtocol.STATE_OPEN

#: Of the frames of all rates: a dictionary answers in half the time of a function with a cache.
_HEADS = {size: binary_head(size) for size in (AudioFormat(rate).frame_bytes for rate in RATES)}
#: Bytes that a ping carries, so that no peer guesses what to answer before it was asked.
_PING_BYTES = 8


class CallProtocol(SafeProtocol):
    """One call's socket: the shell around its session, and the connection that the session speaks through."""

    session: CallSession | None = None
    conversation: str | None = None
    _timer: IDelayedCall | None = None
    _aborted = False

    def __init__(
        self,
        reactor: IReactorTime,
        terms: CallTerms,
        registry: Registry,
        who: str,
        turns: Turns,
        *,
        refusals: Refusals,
    ) -> None:
        """Serve one call from ``who`` under ``terms``; while it lasts, it is in ``registry`` and ``turns``."""
        super().__init__(reactor, terms.limits, turns)
        self._who = clean(who, 80)
        self._terms = terms
        self._registry = registry
        self._refusals = refusals

    # From Autobahn to the session.

    def onConnect(self, request: ConnectionRequest) -> str | None:
        """Select the provider's subprotocol where it is offered."""
        return SUBPROTOCOL if SUBPROTOCOL in request.protocols else None

    def opened(self) -> None:
        """Begin the call."""
        number = self._registry.next_number()
        self.session = CallSession(
            number, self._who, self, self._terms, self._reactor.seconds, conversation=self.conversation
        )
        self._registry.add(self.session)
        self.audio = self.session.receive_audio  # straight through: a layer less for every frame
        if not self._writable:  # the app has greeted at length, before there was a session to tell
            self.session.congested()
        self._terms.log.info(f"{self.session.name} from {self._terms.log.privacy.address(self._who)}")
        self.wake_at(self.session.next_deadline())
        self._make_room()

    def text(self, payload: bytes) -> None:
        """Bring the session one text message."""
        if self.session is not None:
            self.session.receive_text(payload, self.now)

    def heard(self) -> None:
        """Bring the session a sign of life."""
        if self.session is not None:
            self.session.heard(self.now)

    def ponged(self, payload: bytes) -> None:
        """Bring the session an answer to a ping, and count how long it took."""
        took = None if self.session is None else self.session.ponged(payload, self.now)
        if took is not None:
            self._registry.round_trips.add(took)

    def congested(self) -> None:
        """Tell the session that nothing more goes out."""
        if self.session is not None:
            self.session.congested()

    def drained(self) -> None:
        """Tell the session that everything went out."""
        if self.session is not None:
            self.session.drained()

    def failed(self, what: str) -> None:
        """End the call after a bug, or, before there is one, the connection."""
        if self.session is not None:
            self.session.failed(what)
        else:
            who = self._terms.log.privacy.address(self._who)
            self._terms.log.failure(f"a call from {who}: {what} failed")

    def refused(self, limit: str) -> None:
        """Count what the peer is let go for."""
        self._note(limit)

    def ending(self) -> None:
        """Tell the session who ended the call, before anything else happens to it."""
        if self.session is not None:
            self.session.over(self._ended_by_frames())

    def gone(self, reason: Failure) -> None:
        """Explain the end, strike the call from the list, and hold nothing of it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        session, self.session = self.session, None
        if session is None:
            return
        try:
            session.lost(_ended_by_loss(reason))
        finally:
            self._registry.remove(session)
        if session.ending is not None and session.ending.limit:
            self._note(session.ending.limit)

    # From the session to the socket: ``echo.call.connection.Connection``.

    def send_audio(self, payload: bytes) -> None:
        """Write one binary message."""
        if self.state == _OPEN:
            write = self.write  # see echo.seats for why not ``self.write(...)``
            size = len(payload)
            write((_HEADS.get(size) or binary_head(size)) + payload)

    def send_text(self, payload: bytes) -> None:
        """Write one text message."""
        if self.state == self.STATE_OPEN:
            self.sendFrame(opcode=1, payload=payload)

    def ping(self) -> bytes:
        """Write a ping, unless what is before it in the buffer has not been read yet; returns what it carries."""
        if not self._writable:
            return b""
        payload = secrets.token_bytes(_PING_BYTES)
        self.sendPing(payload)
        return payload

    def close(self, code: int, reason: str) -> None:
        """Send a Close frame; the session sees to it that the peer's is not awaited for ever."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code, reason.encode())
            self.resume()

    def leave(self) -> None:
        """End the connection behind what is still unsent; an abort would take the Close frame with it."""
        self.dropConnection(abort=False)

    def abort(self) -> None:
        """End the connection at once."""
        self._aborted = True
        self.wasClean = False
        self.dropConnection(abort=True)

    def pause(self) -> None:
        """Stop reading."""
        self.transport.pauseProducing()

    def resume(self) -> None:
        """Read again."""
        self.transport.resumeProducing()

    def wake_at(self, deadline: float) -> None:
        """Keep one timer, early enough; it finds out by itself when it was too early."""
        delay = max(0.0, deadline - self._reactor.seconds())
        if self._timer is None:
            self._timer = self._reactor.callLater(delay, self._wake)
        elif self._timer.getTime() > deadline:
            self._timer.reset(delay)

    def _wake(self) -> None:
        self._timer = None
        if self.session is None:
            return
        try:
            self.session.tick(self._reactor.seconds())
        except Exception:  # noqa: BLE001  a bug of ours must not leave a call without a timer
            self.session.failed("the timer")

    def _make_room(self) -> None:
        """Let those who say nothing have no more than their share of the places; whoever did so longest goes."""
        oldest = self._registry.silent_beyond(self._terms.limits.max_silent_calls)
        if oldest is not None:
            oldest.evict(TRY_AGAIN_LATER, "too many calls have said nothing yet", "max_silent_calls")

    def _note(self, limit: str) -> None:
        self._refusals.note(limit, self._who, self._reactor.seconds())

    def _ended_by_frames(self) -> Ending:
        """Say who ended the connection by the Close frames that went out and came in."""
        if self.failedByMe:
            code: int | None = self.localCloseCode
            return Ending("echo", code or NO_CLOSE_FRAME, str(self.wasNotCleanReason))
        return Ending("provider", self.remoteCloseCode or NO_CODE, self.remoteCloseReason or "")


def _ended_by_loss(reason: Failure) -> Ending:
    """Say how a connection ended that just went away; the session may know better."""
    if reason.check(ConnectionDone):
        return Ending("provider", NO_CLOSE_FRAME, "hung up")
    # The message of anything but Twisted's own would be the repr of some library's exception.
    is_twisteds = reason.check(ConnectionLost, ConnectionAborted)
    told = reason.getErrorMessage() if is_twisteds else type(reason.value).__name__
    return Ending("network", NO_CLOSE_FRAME, told)


class CallFactory(WebSocketServerFactory):
    """
    Makes the sockets of calls; ``echo.web`` hands it connections after it has checked the upgrade.

    Attributes:
        turns: the calls that are on, as a descriptor for the reactor.
    """

    noisy = False

    def __init__(
        self,
        reactor: IReactorTime,
        terms: CallTerms,
        registry: Registry,
        refusals: Refusals | None = None,
    ) -> None:
        """Serve calls under ``terms``, keep them in ``registry``, and count in ``refusals`` who was refused."""
        super().__init__(server="", reactor=reactor)
        self._terms = terms
        self._registry = registry
        self._refusals = Refusals(terms.log) if refusals is None else refusals
        self.turns = Turns(reactor, terms.log.failure)
        self.setProtocolOptions(**protocol_options(terms))

    def serve_under(self, terms: CallTerms) -> None:
        """Serve the calls to come under other ``terms``; those that are on keep theirs."""
        self._terms = terms
        self.setProtocolOptions(**protocol_options(terms))

    def build_for(self, who: str, conversation: str | None = None) -> CallProtocol:
        """
        Make the socket of one call.

        Args:
            who: the peer's address as the log shows it.
            conversation: the call that the socket was opened for, where that was proven.
        """
        protocol = CallProtocol(
            self.reactor, self._terms, self._registry, who, self.turns, refusals=self._refusals
        )
        protocol.conversation = conversation
        protocol.factory = self
        return protocol


def protocol_options(terms: CallTerms) -> dict[str, Any]:
    """
    Give every option of Autobahn that matters here a value of ours; its own limits are "unlimited".

    Compression is left off, as it is by default: PCM does not shrink, and decompressing is a peer's way to
    make us compute. All timers are off because ``echo.websocket.safe`` has its own.
    """
    return {
        "versions": [13],
        "webStatus": False,
        "maxFramePayloadSize": terms.limits.max_message,
        "maxMessagePayloadSize": terms.limits.max_message,
        "autoFragmentSize": 0,
        "failByDrop": True,
        "echoCloseCodeReason": False,
        "openHandshakeTimeout": 0,
        "closeHandshakeTimeout": 0,
        "autoPingInterval": 0,
        "autoPingTimeout": 0,
        "allowedOrigins": ["*"],
        "allowNullOrigin": True,
        "maxConnections": 0,
        "trustXForwardedFor": 0,
    }
