"""A caller who follows a scenario: step by step, on the clock of the call."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from echo.audio.format import FRAME_MS, AudioFormat
from echo.audio.level import level
from echo.audio.signal import Frames, Numbered
from echo.phone.caller import Speech
from echo.phone.line.call import MediaCall
from echo.phone.line.texts import dtmf
from echo.phone.listening.content import LOUD_DBFS, LOUD_STEPS
from echo.phone.listening.texts import CLEAR, NOTIFY, read_text
from echo.phone.order import BETWEEN_KEYS
from echo.phone.reactor import INTERRUPTED
from echo.phone.scenario.document import Step
from echo.phone.sound import load
from echo.phone.verdict.wanted import SILENCE_DBFS

#: Half a second of quiet: less is a pause between words.
_SILENT_FRAMES = 500 // FRAME_MS


@dataclass(frozen=True)
class StepResult:
    """
    What became of one step.

    Attributes:
        step: as a person would tell it.
        passed: ``None`` where it was not reached.
        at: seconds of open sockets when it was over.
        sentence: what happened.
    """

    step: str
    passed: bool | None
    at: float | None
    sentence: str


class ScenarioCaller:
    """
    Fulfils :class:`echo.phone.caller.Caller`; silent whenever no step says otherwise.

    Attributes:
        results: of the steps that are over.
        pressed: the keys so far.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.results: list[StepResult] = []
        self.pressed = ""
        self._steps = deque(steps)
        self._now = 0.0
        self._before = 0.0
        self._began = 0.0
        self._started = False
        self._source: Frames
        self._saying = range(0)
        self._numbered = 0
        self._sounds_said = 0
        self._last = -1
        self._keys: deque[tuple[float, str]] = deque()
        self._loud = 0
        self._quiet = 0
        self._commands: set[str | None] = set()
        self._silence = b""

    # What a call asks for.

    def speech(self, audio: AudioFormat) -> Speech:
        """
        Talk as long as there are steps; the files are read now, so that no step waits for a disk.

        A second socket, behind one that the application ended, goes on with the steps.
        """
        self._before, self._sounds_said, self._last = self._now, 0, -1
        if self._started and self._is_next("expect", "hangup"):
            self._over(self._steps[0], "", self._now)
        self._silence = bytes(audio.frame_bytes)
        played = {step.word for step in self._steps if step.verb == "play"}
        self._sounds = {path: load(Path(path), audio) for path in played}
        self._signal = Numbered(audio)
        return Speech(self, "a scenario", None, goes_on=True)

    def frame(self, index: int) -> bytes:
        """Say what the present step has to say, or nothing."""
        if not self._saying:
            return self._silence
        self._last = index
        frame = self._source.frame(self._saying[0]) or b""
        self._saying = self._saying[1:]
        self._sounds_said += frame != self._silence
        return frame

    def hears(self, frame: bytes) -> None:
        """Measure what is heard."""
        heard = level(frame)
        self._loud += heard > LOUD_DBFS
        self._quiet = self._quiet + 1 if heard <= SILENCE_DBFS else 0

    def reads(self, text: str) -> None:
        """Take note of a command."""
        self._commands.add(read_text(text, 0.0).action)

    def acts(self, at: float, call: MediaCall) -> None:
        """Go on with the steps; several may be over at once."""
        self._now = at = self._before + at
        while self._keys and self._keys[0][0] <= at:
            _, key = self._keys.popleft()
            call.say_text(dtmf(key))
            self.pressed += key
        while self._steps:
            step = self._steps[0]
            if not self._started:
                self._begin(step, at)
            sentence = self._goes_on(step, at, call)
            if sentence is None:
                return
            self._over(step, sentence, at)
        call.hang_up()

    def finish(self, ended: str | None, at: float | None) -> list[StepResult]:
        """
        End the scenario with the call: the step that it was in has failed, and those behind it were not reached.

        Args:
            ended: who ended the call, or ``interrupted``: then no step has failed.
            at: when, in seconds since its last socket was opened; ``None`` if there was none.
        """
        expected = ended == "application" and self._is_next("expect", "hangup")
        if self._steps and at is not None:
            step = self._steps.popleft()
            sentence = "the application ended the call" if expected else "the call was over before"
            passed = None if ended == INTERRUPTED else expected
            told = INTERRUPTED if ended == INTERRUPTED else sentence
            self.results.append(StepResult(str(step), passed, self._before + at, told))
        self._reach_no_more()
        return self.results

    def _is_next(self, verb: str, word: str) -> bool:
        return bool(self._steps) and (self._steps[0].verb, self._steps[0].word) == (verb, word)

    def _reach_no_more(self) -> None:
        self.results += [StepResult(str(step), None, None, "not reached") for step in self._steps]
        self._steps.clear()

    # Steps.

    def _begin(self, step: Step, at: float) -> None:
        self._started, self._began = True, at
        if step.verb in {"say", "play", "dtmf"}:
            self._commands.clear()
        if step.verb == "say":
            count = round(step.seconds * 1000 / FRAME_MS)
            self._source, self._saying = self._signal, range(self._numbered, self._numbered + count)
            self._numbered += count
        elif step.verb == "play":
            sound = self._sounds[step.word]
            self._source, self._saying = sound, range(len(sound))
        elif step.verb == "dtmf":
            self._keys.extend((at + n * BETWEEN_KEYS, key) for n, key in enumerate(step.word))

    def _goes_on(self, step: Step, at: float, call: MediaCall) -> str | None:
        """Tell in a sentence how the step ended; empty for "as it should", ``None`` while it goes on."""
        waited = round(at - self._began, 6)  # sums of 20 ms fall short of what they should be
        if step.verb == "expect":
            if _FULFILLED[step.word](self, call):
                return ""
            return f"not within {step.seconds:g} s" if waited >= step.seconds else None
        if step.verb == "hangup":
            call.hang_up(way=step.word)
            return ""
        saying = self._saying or call.frames_out <= self._last  # a call asks for a frame before it is due
        going_on = saying or self._keys or (step.verb == "wait" and waited < step.seconds)
        return None if going_on else ""

    def _over(self, step: Step, sentence: str, at: float) -> None:
        self._steps.popleft()
        self._started, self._loud = False, 0
        waited = f"after {(at - self._began) * 1000:.0f} ms"
        self.results.append(StepResult(str(step), not sentence, at, sentence or waited))
        if sentence:  # what comes behind a failed step would only say the same in other words
            self._reach_no_more()

    # Expectations.

    def _heard_speech(self, _call: MediaCall) -> bool:
        return self._loud >= LOUD_STEPS

    def _heard_silence(self, _call: MediaCall) -> bool:
        return self._quiet >= _SILENT_FRAMES

    def _heard_echo(self, call: MediaCall) -> bool:
        echoes = call.hearing.echoes
        whole = not (echoes.repeated or echoes.reordered or echoes.altered)
        return whole and 0 < self._sounds_said <= echoes.sounds_matched

    def _heard_clear(self, _call: MediaCall) -> bool:
        return CLEAR in self._commands

    def _heard_notify(self, _call: MediaCall) -> bool:
        return NOTIFY in self._commands

    def _heard_hangup(self, _call: MediaCall) -> bool:
        """Not while the call goes on, and then its clock stands still: see ``finish``."""
        return False


_FULFILLED: Final[dict[str, Callable[[ScenarioCaller, MediaCall], bool]]] = {
    "speech": ScenarioCaller._heard_speech,  # noqa: SLF001  its own
    "silence": ScenarioCaller._heard_silence,  # noqa: SLF001  as above
    "echo": ScenarioCaller._heard_echo,  # noqa: SLF001  as above
    "clear": ScenarioCaller._heard_clear,  # noqa: SLF001  as above
    "notify": ScenarioCaller._heard_notify,  # noqa: SLF001  as above
    "hangup": ScenarioCaller._heard_hangup,  # noqa: SLF001  as above
}
