"""A scenario's caller in a call whose time moves when told to, and whose application is played by the test."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from echo.audio.format import AudioFormat
from echo.audio.signal import Tone
from echo.phone.line.call import MediaCall
from echo.phone.line.ears import SocketEnd
from echo.phone.line.plan import CallPlan
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.notebook import Notebook
from echo.phone.order import CallOrder
from echo.phone.scenario.caller import ScenarioCaller, StepResult
from echo.phone.scenario.document import Step
from echo.phone.show.live import Nobody
from tests.phone.line.stage import RecordingSocket

AUDIO = AudioFormat(8000)

#: The application's own voice.
VOICE = Tone(AUDIO, 440, -20)


class Stage:
    """A call, set up and opened at second 100."""

    def __init__(self, *steps: Step, caller: ScenarioCaller | None = None) -> None:
        self.clock = Clock()
        self.clock.advance(100)
        self.caller = ScenarioCaller(steps) if caller is None else caller
        spoken = self.caller.speech(AUDIO)
        plan = CallPlan(audio=AUDIO, source=spoken.source, duration=spoken.duration, first_text="{}")
        notes = Notebook(CallOrder("ws://x.example"), AUDIO, Nobody(), self.caller, None)
        self.call = MediaCall(self.clock, plan, lambda began: Hearing(AUDIO, DOCUMENTED, began), notes)
        self.socket = RecordingSocket(self.clock, self.call)
        self.call.socket = self.socket  # type: ignore[assignment]  # a double of it
        self._voice = 0
        self.call.opened(100.0)

    @property
    def at(self) -> float:
        """Seconds since the opening."""
        return self.clock.seconds() - 100

    def advance(self, seconds: float, *, voice: bool = False, echo: bool = False) -> None:
        """Let time pass in frames, while the application says something or returns what it hears."""
        for _ in range(round(seconds / 0.02)):
            said = len(self.socket.audio)
            self.clock.advance(0.02)
            if voice:
                self._hear(VOICE.frame(self._voice))
                self._voice += 1
            for _, payload in self.socket.audio[said:] if echo else []:
                self._hear(payload)

    def _hear(self, payload: bytes | None) -> None:
        if payload is not None and self.call.ended is None:
            self.call.audio(payload, 1, self.clock.seconds())

    def text(self, text: str) -> None:
        """Let the application say a text now."""
        self.call.text(text.encode(), self.clock.seconds())

    def close(self, by: str = "application") -> None:
        """Let the application close the socket."""
        self.call.closed(SocketEnd(by, 1000, ""), self.clock.seconds())

    def finish(self) -> list[StepResult]:
        """End the scenario as its runner does."""
        ended = self.call.ended
        assert ended is not None, "the call goes on"
        return self.caller.finish(ended.by, ended.at)

    @property
    def said(self) -> list[int]:
        """Which of the frames so far were not silence."""
        silence = bytes(AUDIO.frame_bytes)
        return [number for number, (_, payload) in enumerate(self.socket.audio) if payload != silence]

    @property
    def keys(self) -> list[tuple[float, Any]]:
        """The keys that were pressed, each with its time."""
        return [(round(at - 100, 3), text["digit"]) for at, text in self.socket.texts if "digit" in text]
