"""
The call as an app has it in hand: what it may ask, and what it may do.

Everything here may be called from a thread of ``@blocking`` code as well: it is done on the reactor, and where a
``Deferred`` would be given, the thread waits for its result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import repeat
from threading import get_ident
from typing import ParamSpec, TypeVar

from twisted.internet.defer import Deferred

from echo.apps.anywhere import from_anywhere
from echo.apps.call_log import CallLog
from echo.apps.clips import Clip, Clips
from echo.apps.guard import Guard
from echo.apps.heard import Heard, Playing
from echo.apps.lane import Lane
from echo.apps.listening import FrameQueue, Frames, Keys
from echo.apps.player import Player
from echo.apps.sources import Sound, Source, pcm_of, pieces_of
from echo.apps.tools import Tools
from echo.apps.voice import Voice
from echo.apps.waits import Waits
from echo.apps.within import Within
from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.framing import Framer
from echo.call.app import Call
from echo.call.codes import NORMAL, SENT, may_be_sent
from echo.call.messages import Event
from echo.call.record import CallRecord
from echo.call.report import CallReport, Ending
from echo.errors import AppError, CallEnded
from echo.untrusted import Json

P = ParamSpec("P")
T = TypeVar("T")


class Conversation:
    """
    One call, from the side of its app. Times are in seconds, audio is 16-bit little-endian mono PCM at ``rate``.

    Attributes:
        number: counts the daemon's calls.
        name: what the log calls this call.
        audio: the format; ``rate`` and ``frame_bytes`` are its own.
        headers: what the first text message told of the call: the headers in the NCCO. A stranger's words.
        log: writes lines by the name of the call.
        reactor: serves the call; its ``seconds()`` is a clock that cannot be set.
    """

    def __init__(self, call: Call, tools: Tools, guard: Guard) -> None:
        """Take ``call`` in hand, once its format is known."""
        self.number = call.number
        self.name = call.name
        self.audio: AudioFormat = call.audio
        self.headers: Mapping[str, Json] = call.start.metadata if call.start else {}
        self.log = CallLog(tools.log, f"{call.name}, {guard.app}")
        self._call = call
        self._tools = tools
        self._guard = guard
        self.reactor = tools.reactor
        self._thread = get_ident()
        self._framer = Framer(call.audio)
        self._player = Player(call, tools.reactor, tools.limits.lead_ms / 1000, guard)
        self._lane = Lane(tools.in_thread)
        self._keys = Keys(guard)
        self._frames: list[FrameQueue] = []
        self._clips = Clips(tools.memory)
        self._voice: Voice | None = None
        self._waits = Waits(tools.reactor, guard)
        self._is_over = False
        self._told_of_dropping = False

    # What there is to know.

    @property
    def rate(self) -> int:
        """Samples a second: 8000, 16000 or 24000."""
        return self.audio.rate

    @property
    def frame_bytes(self) -> int:
        """Bytes of 20 ms of audio: 320, 640 or 960."""
        return self.audio.frame_bytes

    @property
    def is_over(self) -> bool:
        """Whether the call has ended."""
        return self._is_over

    @property
    def is_elsewhere(self) -> bool:
        """Whether this is asked in another thread than the one that serves the calls."""
        return get_ident() != self._thread

    @property
    def is_playing(self) -> bool:
        """Whether the caller hears something that was played, or is going to."""
        return self._player.is_playing

    @property
    def record_of_call(self) -> CallRecord | None:
        """Who calls, which number, and what became of each leg; ``None`` where the call has not said whose it is."""
        return self._call.record

    def report(self) -> CallReport:
        """Tell what the daemon has counted of this socket: since when, frames, gaps, and how it ended once it has."""
        return self._call.report()

    # Speaking.

    @from_anywhere
    def send(self, pcm: bytes) -> None:
        """Say ``pcm`` at once, in exact frames; what is left over goes with the next piece."""
        for frame in self._framer.cut(pcm_of(pcm)):
            self._call.send_audio(frame)

    @from_anywhere
    def send_audio(self, frame: bytes) -> None:
        """Send one binary message as it is: exactly 20 ms, or the provider may end the call over it."""
        self._call.send_audio(pcm_of(frame))

    @from_anywhere
    def send_text(self, text: str) -> None:
        """Send one text message, in order with the audio."""
        if not isinstance(text, str):
            raise TypeError(f"a text message is {type(text).__name__} where str is required")
        self._call.send_text(text)

    @from_anywhere
    def play(self, sound: Sound, *, loop: bool = False, barge_in: bool = False) -> Playing:
        """
        Play ``sound`` behind what is being played; returns at once.

        Args:
            sound: PCM at the call's rate; the path of a sound file of any common format and rate; or an iterator,
                asynchronous or not, that gives pieces of PCM. It is asked for the next one only when there is room.
            loop: begin again at the end, until it is cleared; not for iterators.
            barge_in: as soon as the caller speaks or presses a key, everything that plays is cleared.

        Raises:
            CallEnded: if the call is over.
        """
        pieces = pieces_of(sound, lambda path: self._tools.load(path, self.rate), loop=loop)
        source = Source(pieces, self._guard, self._player.more, barge_in=barge_in)
        self._live()
        if barge_in:
            _ = self.voice  # it has to have heard something before
        self._player.put(source)
        return Playing(lambda: self.heard_behind(source))

    @from_anywhere
    def say_nothing(self, seconds: float | None = None) -> Playing | None:
        """Play so much silence; without ``seconds``, send silence until something is played, or cleared."""
        self._live()
        if seconds is None:
            self._player.fill()
            return None
        return self.play(repeat(bytes(self.frame_bytes), round(seconds * 1000 / FRAME_MS)))

    @from_anywhere
    def clear(self) -> Deferred[bool]:
        """Stop playing at once, here and at the provider; true once it says that it has, false if it does not."""
        self._live()
        return self._player.clear()

    @from_anywhere
    def finished(self) -> Deferred[Heard]:
        """Tell when the caller has heard everything that has been played so far; false if that is not to be."""
        self._live()
        return self._player.mark({})

    @from_anywhere
    def notify(self, payload: Mapping[str, Json]) -> Deferred[Heard]:
        """Send a ``notify`` with ``payload``, in line with what is played, and tell when it comes back."""
        self._live()
        return self._player.mark(payload)

    @from_anywhere
    def heard_behind(self, source: Source) -> Deferred[Heard]:
        """Tell when the caller has heard everything up to ``source``."""
        self._live()
        return self._player.mark({}, source)

    @from_anywhere
    def hangup(self, reason: str = "the app hung up", code: int = NORMAL) -> None:
        """
        End the call now. What still plays is not heard: wait for ``finished()`` before.

        With ``--private-key`` the provider is asked to end the whole call; without it the socket is closed, and the
        call goes on with the next action of its NCCO, or ends.

        Raises:
            AppError: if no Close frame may have this ``code``.
        """
        if not may_be_sent(code):
            raise AppError(f"{code!r} is no close code that may be sent; allowed: {SENT}")
        self._call.hang_up(code, reason)

    @from_anywhere
    def record(self) -> None:
        """
        Record the call from now on, in a file of its own; nothing changes where it is being recorded already.

        Raises:
            AppError: where the operator has said nothing of where recordings go (``--record``).
        """
        self._live()
        if not self._call.begin_recording():
            raise AppError("nothing can be recorded: the daemon was started without --record")

    @from_anywhere
    def stop_recording(self) -> None:
        """Record no more, whoever wanted it; :meth:`record` begins again, in another file."""
        self._call.end_recording()

    # Listening.

    @from_anywhere
    def frames(self, *, lossless: bool = False) -> Frames:
        """
        Give what the caller says from now on, frame by frame, for ``async for``; it ends with the call.

        One second of it waits for a reader that is slow; then the oldest is dropped or, with ``lossless``, the
        provider is not read until there is room again.
        """
        self._live()
        queue = FrameQueue(self._guard, self._call if lossless else None)
        self._frames.append(queue)
        return Frames(queue, self._forget_frames)

    @from_anywhere
    def key(self, timeout: float | None = None) -> Deferred[str | None]:
        """Wait for the next key that the caller presses, or has pressed; ``None`` after ``timeout``, or the call."""
        self._live()
        return self._keys.next(None if timeout is None else (self._tools.reactor, timeout))

    @property
    def voice(self) -> Voice:
        """Tell whether the caller speaks; it listens from the first time that it is asked for."""
        if self._voice is None:
            self._voice = Voice(self.audio)
        return self._voice

    def clip(self) -> Clip:
        """Make room for some of what the caller says; it is given back when it is cleared, or the call is over."""
        return Clip(self._clips)

    def forget_keys(self) -> None:
        """Forget the keys that were pressed and not asked for."""
        self._keys.forget()

    # Doing other things meanwhile.

    @from_anywhere
    def sleep(self, seconds: float) -> Deferred[None]:
        """Wait; not longer than the call lasts."""
        self._live()
        return self._waits.sleep(seconds)

    @from_anywhere
    def later(self, function: Callable[[], object]) -> None:
        """Call ``function`` soon, but not now: behind what is being done, and not behind the end of the call."""
        if not self._is_over:
            self._waits.later(function)

    def within(self, left: Callable[[], None]) -> Within:
        """Give the call to another app, which may hang up without ending it: then ``left`` is called."""
        return Within(self._call, left)

    def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        """
        Run ``function``, which may block, in a thread: after what this call has given to threads before.

        Whoever is in a thread already runs it there, at once: behind its own work it would wait for ever.
        """
        if self.is_elsewhere:
            return function(*args, **kwargs)  # type: ignore[return-value]  # what a thread gets for any Deferred
        return self._lane.do(lambda: function(*args, **kwargs))

    def frame_in_thread(self, function: Callable[[bytes], T], frame: bytes) -> Deferred[T | None]:
        """Do the same with a frame, which may be dropped if the thread does not follow."""
        done = self._lane.do(lambda: function(frame), may_drop=True)
        if self._lane.dropped and not self._told_of_dropping:
            self._told_of_dropping = True
            self.log.warn("its @blocking code is slower than the call: frames are dropped")
        return done

    # From the call.

    def hears(self, frame: bytes) -> None:
        """Take a frame of the caller's."""
        if self._voice is not None:
            self._voice.hear(frame)
            if self._voice.began:
                self._interrupt()
        for queue in tuple(self._frames):  # a reader may leave, or another come, meanwhile
            queue.put(frame)

    def noticed(self, event: Event) -> None:
        """Take a key, or an answer to a command."""
        if event.digit:
            self._interrupt()
            self._keys.put(event.digit)
        else:
            self._player.noticed(event)

    def ending(self) -> None:
        """Let what the app does about the end be done, in a thread too, while everything else is given up."""
        self._lane.ending()

    def end(self, _reason: Ending) -> None:
        """Let go of everything; who waits for something is told that it will not happen."""
        self._is_over = True
        self._player.end()
        self._lane.end()
        self._keys.end()
        for queue in tuple(self._frames):
            self._forget_frames(queue)
        self._clips.end()
        self._waits.end()

    # Within.

    def _live(self) -> None:
        if self._is_over:
            raise CallEnded("the call is over")

    def _forget_frames(self, queue: FrameQueue) -> None:
        """Keep nothing more for a reader. Whoever frees the memory of one may be a thread of somebody else's."""
        if self.is_elsewhere:
            self.reactor.callFromThread(self._forget_frames, queue)
        elif queue in self._frames:
            self._frames.remove(queue)
            queue.end()

    def _interrupt(self) -> None:
        """Clear what is played where the caller may interrupt it."""
        if self._player.may_be_interrupted:
            self._player.clear()
