"""
One call, heard: what comes back is played, compared with what was said, and looked at for common mistakes.

Time is an argument throughout, in seconds of a monotonic clock; nothing here waits, reads or writes.
"""

from __future__ import annotations

from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.level import FLOOR_DBFS
from echo.phone.listening.arrivals import PAUSE_SECONDS, Arrivals
from echo.phone.listening.content import LOUD_STEPS, SILENT_DBFS, Content
from echo.phone.listening.echoes import WINDOW, Echoes
from echo.phone.listening.far_end import FarEnd
from echo.phone.listening.playback import Playback
from echo.phone.listening.texts import CLEAR, NOTIFY, TextHeard, Texts, read_text
from echo.untrusted import Json

_STEP = FRAME_MS / 1000


class Hearing:
    """
    What the caller of one call says and hears.

    Attributes:
        audio: the format of the call.
        far_end: how strict the provider's side is.
        began: when the call began.
        arrivals: when messages of audio came, and in which shape.
        echoes: which of what was said came back.
        playback: the queue to the caller's ear.
        content: what it is that is heard.
        texts: the text messages.
        offence: why the provider's side ended the call, if it did: nothing that comes later is taken.
        level_heard: the level of the last 20 ms that the caller heard, in dBFS.
    """

    __slots__ = (
        "_frame_bytes",
        "_last_index",
        "arrivals",
        "audio",
        "began",
        "content",
        "echoes",
        "far_end",
        "level_heard",
        "offence",
        "playback",
        "texts",
    )

    def __init__(self, audio: AudioFormat, far_end: FarEnd, began: float) -> None:
        """Listen from ``began`` on."""
        self.audio = audio
        self.far_end = far_end
        self.began = began
        self.arrivals = Arrivals()
        self.echoes = Echoes(audio)
        self.playback = Playback(audio, far_end, began)
        self.content = Content(audio)
        self.texts = Texts()
        self.offence: str | None = None
        self.level_heard = FLOOR_DBFS
        self._frame_bytes = audio.frame_bytes
        #: The frame of the caller's that the last message was; None if it was none.
        self._last_index: int | None = None

    @property
    def queue(self) -> int:
        """Messages that wait to be played."""
        return self.playback.queue

    @property
    def round_trip(self) -> float | None:
        """The last round trip, in seconds."""
        return self.echoes.last_trip

    @property
    def kind(self) -> str:
        """
        What was heard, in a word.

        ``nothing``; ``silence``, all below -60 dBFS; ``echo``, if most messages are what was said; ``speech``,
        at least 200 ms above -45 dBFS (nobody listens to words); ``audio``, anything else.
        """
        if not self.content.heard_steps:
            return "nothing"
        if self.content.loudest < SILENT_DBFS:
            return "silence"
        if self.echoes.matched * 2 > self.arrivals.messages:
            return "echo"
        return "speech" if self.content.loud_steps >= LOUD_STEPS else "audio"

    def said(self, frame: bytes, now: float) -> None:
        """Take a frame of the caller's that left; in order."""
        self.echoes.said(frame, now)
        self.content.said(frame)

    def heard(self, payload: bytes, pieces: int, now: float) -> str | None:
        """
        Take a binary message of the application's.

        Args:
            payload: what it holds.
            pieces: the WebSocket frames that it came in.
            now: when it came.

        Returns:
            Why the provider's side ends the call over it, if it does.
        """
        if self.offence is not None:
            return None
        if pieces > 1 or len(payload) != self._frame_bytes:
            return self._unusual(payload, pieces, now)
        self._take(payload, now)
        return None

    def text(self, text: str, now: float) -> list[dict[str, Json]]:
        """
        Take a text message of the application's.

        Returns:
            The events to send back at once.
        """
        if self.offence is not None:
            return []
        heard = read_text(text, now - self.began)
        events = self._obey(heard)
        self.texts.keep(heard)
        return events

    def play(self, now: float) -> tuple[list[bytes], list[dict[str, Json]]]:
        """
        Let the caller hear what is due until ``now``.

        Returns:
            20 ms of audio for each step since the last call, silence where nothing waits (step *n* begins *n*
            times 20 ms after ``began``); and the events of the ``notify`` commands that playback has reached.
        """
        frames, reached = self.playback.play(now)
        for frame in frames:
            if frame is self.playback.silence:
                self.level_heard = FLOOR_DBFS
            else:
                self.content.played(frame)
                self.level_heard = self.content.level
        return frames, [mark.answered() for mark in reached]

    def _take(self, payload: bytes, now: float) -> None:
        """Compare a message with what was said, and queue it."""
        echoes, foreign = self.echoes, self.echoes.foreign
        index = echoes.heard(payload, now, self.playback.queue)
        self._arrived(len(payload), now, index)
        if echoes.foreign != foreign:
            self.content.foreign(self.arrivals.messages - 1, payload, echoes)
        self.playback.put(payload)

    def _arrived(self, size: int, now: float, index: int | None) -> None:
        """Count an arrival; if it and the last one are echoes, by how far apart they were said."""
        last, self._last_index = self._last_index, index
        spaced, paused = None, 0.0
        if index is not None and last is not None and index > last > self.echoes.said_count - WINDOW:
            spaced = self.echoes.said_at(index) - self.echoes.said_at(last)
            paused = max(0.0, spaced - (index - last) * _STEP)
        self.arrivals.arrived(size, now, spaced, paused)
        if paused >= _STEP:
            # The caller paused as well; the end of a pause falls anywhere between two steps.
            self.playback.forgive(paused + _STEP)
        elif spaced is None and self.playback.missing_seconds > PAUSE_SECONDS:
            self.playback.forgive(self.playback.missing_seconds)

    def _unusual(self, payload: bytes, pieces: int, now: float) -> str | None:
        """Take a message that is not one frame in one piece."""
        if pieces == 1 and self.echoes.knows(payload):
            # The caller said it in that size, as no provider would, and the application returned it unchanged.
            self._take(payload, now)
            return None
        self.arrivals.arrived(len(payload), now)
        index = self.arrivals.messages - 1
        wrong_sized = len(payload) != self._frame_bytes
        self.arrivals.offended(len(payload), pieces, now - self.began, wrong_sized=wrong_sized)
        self.content.foreign(index, payload, self.echoes)
        self.offence = self.far_end.complaint(index, len(payload), pieces, self.audio)
        if self.offence is None and pieces == 1 and payload:
            self._take_cut(payload[: self._frame_bytes], now)
        return self.offence

    def _take_cut(self, kept: bytes, now: float) -> None:
        """Play what the published module plays of a message of another size."""
        self._last_index = self.echoes.heard(kept, now, self.playback.queue)
        self.playback.put(kept)

    def _obey(self, heard: TextHeard) -> list[dict[str, Json]]:
        """Carry out a command; gives the events that answer it at once."""
        if heard.action == CLEAR:
            self.arrivals.rest()
            return [*(mark.answered() for mark in self.playback.clear()), heard.cleared()]
        if heard.action == NOTIFY and not self.playback.mark(heard):
            return [heard.answered()]
        return []
