"""What is recorded of an app is what its caller hears, by the phone's own account of the provider's queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from echo.apps import App
from tests.apps.caller import Caller
from tests.recording.disks import sides
from tests.recording.test_recorder import Studio

RATE = 16000

#: Three seconds in which no sample is silent, and no frame equals another.
SOUND = b"".join(bytes((1 + number % 250, 1 + number // 250)) * 320 for number in range(150))

#: Seconds: a frame, and the step of the phone's clock.
TOLERANCE = 0.02 + 0.005


class Announcer(App):
    """Plays the sound; a key interrupts it, and plays it anew."""

    def answered(self) -> None:
        """Play."""
        self.call.play(SOUND)

    def dtmf(self, digit: str) -> Any:
        """Play it anew."""
        self.call.clear()
        self.call.play(SOUND)


def both(folder: Path, *, key_at: float | None) -> tuple[bytes, bytes]:
    """What was recorded, and what was heard, of a call of seven seconds."""
    studio = Studio(folder)
    caller = Caller(Announcer, recorder=studio.recorder, clock=studio.clock)
    for number in range(350):
        if key_at is not None and number == round(key_at * 50):
            caller.press("1")
        caller.step(b"\0" * 640)
    caller.hang_up()
    studio.writer.do_all()
    _, right, _ = sides(next(folder.glob("*.wav")))
    return right, bytes(caller.heard)


def sound_in(side: bytes) -> list[tuple[int, bytes]]:
    """The stretches of sound: where each begins, in samples, and what it is."""
    found: list[tuple[int, bytearray]] = []
    for at in range(0, len(side), 2):
        if side[at : at + 2] != b"\0\0":
            if not found or at // 2 != found[-1][0] + len(found[-1][1]) // 2:
                found.append((at // 2, bytearray()))
            found[-1][1].extend(side[at : at + 2])
    return [(begin, bytes(sound)) for begin, sound in found]


def test_what_is_played_is_recorded_as_it_is_heard(tmp_path: Path) -> None:
    """Sample for sample, and at most a frame off."""
    recorded, heard = (sound_in(side) for side in both(tmp_path, key_at=None))
    assert [sound for _, sound in recorded] == [sound for _, sound in heard] == [SOUND]
    assert abs(recorded[0][0] - heard[0][0]) / RATE <= TOLERANCE


@pytest.mark.parametrize("key_at", [1.0, 2.37])
def test_what_is_interrupted_is_recorded_as_far_as_it_is_heard(tmp_path: Path, key_at: float) -> None:
    """What the provider throws away is not in the recording, and what comes behind it is where it is heard."""
    recorded, heard = both(tmp_path, key_at=key_at)
    for side in (recorded, heard):
        again = side.find(SOUND, round(0.5 * RATE) * 2)
        assert again / 2 / RATE == pytest.approx(key_at, abs=2 * TOLERANCE)
        assert SOUND.startswith(side[:again].strip(b"\0"))
