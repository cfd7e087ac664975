"""A call within a call: what the menu hands to the app that was chosen, and takes back when that has done its work."""

from __future__ import annotations

from collections.abc import Callable

from echo.audio.format import AudioFormat
from echo.call.app import Call
from echo.call.codes import NORMAL
from echo.call.messages import Start
from echo.call.record import CallRecord
from echo.call.report import CallReport


class Within:
    """Fulfils ``echo.call.app.Call``; an app that hangs up has left, and the call goes on without it."""

    def __init__(self, call: Call, left: Callable[[], None]) -> None:
        """Pass everything on to ``call``; ``left`` is called when the app hangs up."""
        self._call = call
        self._left = left
        self.number: int = call.number
        self.audio: AudioFormat = call.audio
        self.start: Start | None = call.start
        self._is_over = False

    @property
    def name(self) -> str:
        """What the log calls this call."""
        return self._call.name

    @property
    def record(self) -> CallRecord | None:
        """What is known of the call and all its legs."""
        return self._call.record

    @property
    def has_room(self) -> bool:
        """Whether what is sent now goes out now."""
        return self._call.has_room

    def report(self) -> CallReport:
        """Tell how the call stands."""
        return self._call.report()

    def send_audio(self, payload: bytes) -> None:
        """Send one binary message, unless the app has left."""
        if not self._is_over:
            self._call.send_audio(payload)

    def send_text(self, text: str) -> None:
        """Send one text message, likewise."""
        if not self._is_over:
            self._call.send_text(text)

    def forget_audio(self) -> None:
        """Give up the audio that still waits here."""
        self._call.forget_audio()

    def begin_recording(self) -> bool:
        """Record from now on."""
        return self._call.begin_recording()

    def end_recording(self) -> None:
        """Record no more."""
        self._call.end_recording()

    def hold(self) -> None:
        """Stop reading from the peer."""
        self._call.hold()

    def release(self) -> None:
        """Read from the peer again."""
        self._call.release()

    def close(self, code: int, reason: str, limit: str = "") -> None:
        """Leave the call; or end it, where something has gone wrong."""
        if not self._leaves_by(code):
            self._call.close(code, reason, limit)

    def hang_up(self, code: int, reason: str) -> None:
        """Do the same: the call goes on without the app."""
        if not self._leaves_by(code):
            self._call.hang_up(code, reason)

    def failed(self, what: str) -> None:
        """End the call after an exception in ``what``."""
        self._call.failed(what)

    def leave(self) -> None:
        """Send nothing more."""
        self._is_over = True
        self._call.release()

    def _leaves_by(self, code: int) -> bool:
        """Leave, unless something has gone wrong; who has left already ends nothing."""
        if code == NORMAL and not self._is_over:
            self.leave()
            self._left()
        return self._is_over
