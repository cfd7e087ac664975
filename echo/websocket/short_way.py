"""
The short way of the frames that calls are made of, beside Autobahn's parser.

Nearly every read of a call is one whole, masked, binary frame. Autobahn takes any frame in any pieces, and makes
half a dozen objects and a Deferred for each; what is recognised here by a few comparisons goes to the call by one
function and a mask in C, and back to the socket by another. Everything else is left to the parser, from the first
byte that differs. Both agree about every stream of bytes, cut anywhere: a property test sends the same to both.

Figures are in docs/performance.rst; where the bytes come from is in ``echo.turns``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from twisted.internet.interfaces import IReactorTime

from echo.audio.format import RATES, AudioFormat
from echo.budget import Budget
from echo.call.codes import POLICY_VIOLATION
from echo.limits import OUT_OF_THE_WAY, Limits
from echo.seats import Seat
from echo.turns import READ_BYTES, Turns
from echo.websocket.transport import bottom
from echo.wire.frames import begins_binary, common_heads, take_binary
from echo.wire.mask import apply_mask

_OPEN = WebSocketServerProtocol.STATE_OPEN

#: The parts of a frame of 126 to 65535 bytes; kept, since Python 3.11 makes a slice anew for each use.
_HEAD, _KEY, _PAYLOAD = slice(4), slice(4, 8), slice(8, None)


class ShortWay(WebSocketServerProtocol):
    """
    Autobahn's protocol with a short way for whole binary frames.

    Attributes:
        now: seconds of the reactor's clock at the last read that the parser took; the time of every frame in it.
        audio: takes each whole binary message, and that time.
        write: how bytes leave while the call is open.
    """

    # What a frame touches lies side by side in the object: Autobahn's dictionary of a hundred attributes, for each of
    # a thousand calls, is in no cache of a processor when its turn comes.
    __slots__ = (
        "_frames",
        "_heads",
        "_held",
        "_holds",
        "_is_between",
        "_largest",
        "_out",
        "audio",
        "now",
        "state",
        "write",
    )

    #: Twisted types it as an interface with three methods; each transport that we meet has many more.
    transport: Any
    #: Autobahn's; the header of the frame that its parser is in, or ``None``.
    current_frame: Any
    #: Autobahn's.
    state: int

    def __init__(self, reactor: IReactorTime, limits: Limits, turns: Turns | None) -> None:
        """Serve one connection; once it is open, among the calls of ``turns``."""
        super().__init__()
        self.now: float = reactor.seconds()
        self.audio: Callable[[bytes, float], None] = _nowhere
        self.write: Callable[[bytes], None] = _nowhere
        self._reactor = reactor
        self._limits = limits
        self._largest = limits.max_message
        self._heads = _heads(limits)
        self._frames = Budget(limits.frames_per_second, limits.frames_burst, self.now)
        self._bytes = Budget(limits.bytes_per_second, limits.bytes_burst, self.now)
        self._turns = turns
        self._seat: Seat | None = None
        self._out: Callable[[bytes], None] = _nowhere
        self._held: list[bytes] | None = None
        self._holds = 0
        #: Whether the next byte begins a frame, and no message is under way.
        self._is_between = False

    # For the subclass.

    def parse(self, data: bytes) -> None:
        """Parse what one read brought, whatever it is."""
        raise NotImplementedError

    def refuse(self, code: int, reason: str, limit: str) -> None:
        """End the connection at once with a Close frame, on account of ``limit``."""
        raise NotImplementedError

    def failed(self, what: str) -> None:
        """End after an exception in ``what``, which is being handled."""

    # Where bytes come from and go to.

    def sit_down(self) -> None:
        """Move over to the calls that are on; bytes take the short way unless TLS or the like is in between."""
        self.write = self._out = self.transport.write
        if self._turns is None:
            return
        lowest = bottom(self.transport)
        is_direct = lowest is self.transport
        self._seat = self._turns.seat(lowest, self.received if is_direct else None)
        if self._seat is not None and is_direct:
            self.write = self._out = self._seat.write

    def stand_up(self) -> None:
        """Leave the calls, and hold nothing that holds us."""
        self.write = self._out = self.audio = _nowhere
        self._held = None
        if self._turns is not None and self._seat is not None:
            self._turns.leave(self._seat)
            self._seat = None

    def hold(self) -> None:
        """Gather what is written: a read that brings many frames is answered by few writes."""
        self._held = []
        self._holds = 0
        self.write = self._gather

    def _gather(self, data: bytes) -> None:
        """Keep what is written, but not more of it than one read brings: an app may answer a frame by a thousand."""
        held = self._held
        if held is None:
            self._out(data)
            return
        held.append(data)
        self._holds += len(data)
        if self._holds >= READ_BYTES:
            self._holds = 0
            self._held = []
            self._out(b"".join(held))

    def flush(self) -> None:
        """Write what was gathered, and send it; whoever writes past :attr:`write` calls this before."""
        self.release()
        if self._seat is not None:
            self._seat.flush()

    def release(self) -> None:
        """Write what was gathered, if anything is."""
        held, self._held = self._held, None
        if held is not None:
            self.write = self._out
            if held:
                self._out(b"".join(held))

    # Frames.

    def received(self, data: bytes, now: float) -> None:
        """
        Take what was read at ``now``: here, where it is one whole binary frame, and else by the parser.

        The bytes of such a frame need no counting: a size is in ``_heads`` only where as many frames of it as the
        budget of frames lets through stay within that of bytes. Other reads are charged by their length, in ``parse``.
        """
        if self._is_between and self._heads.get(len(data)) == data[_HEAD] and self.state == _OPEN:
            frames = self._frames
            if frames.full_at < now:  # as in Budget.take, for nearly all frames without a call
                frames.full_at = now + frames.each
            elif not frames.take(now):
                self.refuse(POLICY_VIOLATION, self.too_many_frames(), "frames_per_second")
                return
            audio = self.audio  # see echo.seats for why not ``self.audio(...)``
            try:
                audio(apply_mask(data[_PAYLOAD], data[_KEY]), now)
            except BaseException:  # noqa: BLE001  whatever an app raises, see echo.turns
                self.failed("the app")
            return
        self.now = now
        self.parse(data)
        self._is_between = not self.data and not self.inside_message and self.current_frame is None

    def take_whole_frames(self, data: bytes) -> bytes:
        """
        Take the frames at the beginning of ``data`` that are whole and binary, as nearly all of a call are.

        Returns the rest, for Autobahn's parser; all of it while that parser is within a frame or a message.
        """
        if self.state != _OPEN or self.inside_message or self.current_frame is not None:
            return data
        if self.data:
            data, self.data = self.data + data, b""
        self.hold()
        try:
            rest = data[self._take_frames(data) :]
        finally:
            self.release()
        if rest and self.state == _OPEN and begins_binary(rest, self._largest):
            self.data, rest = rest, b""
        return rest

    def _take_frames(self, data: bytes) -> int:
        """Take whole frames; returns where the first begins that is none."""
        at, largest = 0, self._largest
        while (found := take_binary(data, at, largest)) is not None:
            payload, at = found
            if not self._frames.take(self.now):
                self.refuse(POLICY_VIOLATION, self.too_many_frames(), "frames_per_second")
                return at
            try:
                self.audio(payload, self.now)
            except BaseException:  # noqa: BLE001  as above
                self.failed("the app")
            if self.state != _OPEN:
                break  # what follows is for whoever ends the call: nothing of it is taken as audio any more
        return at

    def too_many_frames(self) -> str:
        """Say what a peer is told that is over its budget."""
        return f"more than {self._limits.frames_per_second} frames a second"

    def too_many_bytes(self) -> str:
        """Say what a peer is told that sends more than any audio has."""
        return f"more than {self._limits.bytes_per_second} bytes a second"


@lru_cache(maxsize=4)  # one set of limits, or a few when they are changed under way
def _heads(limits: Limits) -> dict[int, bytes]:
    """Give how the frames of all rates begin that are no larger than allowed, and need not be counted in bytes."""
    sizes = (AudioFormat(rate).frame_bytes for rate in RATES)
    heads = common_heads(size for size in sizes if size <= limits.max_message)
    return {length: head for length, head in heads.items() if _number_bounds_bytes(length, limits)}


def _number_bounds_bytes(length: int, limits: Limits) -> bool:
    """Tell whether frames of ``length`` bytes, header and all, are within the budget of bytes if within their own."""
    if limits.bytes_per_second >= OUT_OF_THE_WAY:
        return True
    return (
        length * limits.frames_per_second <= limits.bytes_per_second
        and length * limits.frames_burst <= limits.bytes_burst
    )


def _nowhere(*_: object) -> None:
    """Take the place of what is not there before a call, or after it."""
