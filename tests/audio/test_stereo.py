"""Both sides of a call on one time line."""

from __future__ import annotations

import random

from echo.audio.format import AudioFormat
from echo.audio.stereo import MOST_AHEAD, PATIENCE, Stereo, put_in
from echo.audio.tracks import CLEARED, HEARD, SENT, Item

RATE = 8000
FRAME = 160
MINUTES = 10


class Played:
    """A time line, and the file that comes of it."""

    def __init__(self, began_at: float = 0.0) -> None:
        self.line = Stereo(AudioFormat(RATE), began_at)
        self.file = bytearray()

    def add(self, now: float, *items: Item) -> None:
        """Bring what has happened up to ``now``."""
        self.line.add(list(items))
        for block in self.line.until(now):
            self._write(block.at, block.pcm, block.side)

    def end(self, now: float) -> tuple[bytes, bytes]:
        """End, and tell both sides."""
        for block in self.line.rest(now):
            self._write(block.at, block.pcm, block.side)
        size = self.line.written * 4
        whole = bytes(self.file[:size].ljust(size, b"\0"))
        samples = memoryview(whole).cast("h")
        return bytes(samples[0::2]), bytes(samples[1::2])

    def _write(self, at: int, pcm: bytes, side: int | None) -> None:
        if side is not None:
            there = bytes(self.file[at * 4 : at * 4 + len(pcm) * 2]).ljust(len(pcm) * 2, b"\0")
            pcm = put_in(there, pcm, side)
        self.file.extend(bytes(max(0, at * 4 - len(self.file))))
        self.file[at * 4 : at * 4 + len(pcm)] = pcm


def frame(number: int) -> bytes:
    """A frame that no other equals, and that is nowhere silent."""
    return bytes((1 + number % 255, 1 + number // 255 % 255)) * FRAME


def test_left_is_heard_and_right_is_sent() -> None:
    """Each side is sample for sample what came, or went."""
    played = Played(began_at=5.0)
    played.add(5.02, (5.0, HEARD, frame(1)), (5.0, SENT, frame(2)), (5.02, HEARD, frame(3)))
    assert played.end(5.04) == (frame(1) + frame(3), frame(2) + bytes(2 * FRAME))


def test_ten_minutes_with_gaps_stay_in_time() -> None:
    """After ten minutes of jitter, gaps and stalls, each sample is there, at most a frame from its moment."""
    chance = random.Random(7)
    played, items, said = Played(), [], []
    number, now = 0, 0.0
    while now < MINUTES * 60:
        now += 0.02 if chance.random() < 0.998 else chance.choice((0.5, 3.0, 8.0))
        said.append((now, frame(number)))
        arrival = now + chance.uniform(0, 0.012)
        items += [(arrival, HEARD, frame(number)), (arrival, SENT, frame(number))]
        number += 1
        if number % 25 == 0:
            played.add(arrival, *items)
            items.clear()
    played.add(now + 0.02, *items)
    left, right = played.end(now + 0.1)
    for side in (left, right):
        assert without_silence(side) == b"".join(audio for _, audio in said)
        for when, audio in said[::37]:
            assert abs(place(side, when, audio) - when) < 0.0201


def without_silence(side: bytes) -> bytes:
    """What is left of a side without the samples of zero."""
    return b"".join(side[i : i + 2] for i in range(0, len(side), 2) if side[i : i + 2] != b"\0\0")


def place(side: bytes, when: float, audio: bytes) -> float:
    """The second at which ``audio`` begins, near ``when``."""
    begin = max(0, round((when - 0.1) * RATE) * 2)
    at = side.find(audio, begin)
    assert at >= 0
    return at / 2 / RATE


def test_what_a_long_stall_kept_back_is_in_time() -> None:
    """Audio that comes seconds late, all at once, replaces the silence that was given out already."""
    played = Played()
    played.add(0.02, (0.0, HEARD, frame(0)))
    for second in range(1, 6):
        played.add(float(second), (float(second), SENT, frame(200 + second)))
    burst = [(5.0, HEARD, frame(number)) for number in range(1, 251)]
    rest = [(5.0 + number / 50, HEARD, frame(250 + number)) for number in range(1, 51)]
    played.add(5.1, *burst)
    played.add(6.0, *rest)
    left, right = played.end(6.02)
    assert left == b"".join(frame(number) for number in range(301))
    assert place(right, 3.0, frame(203)) == 3.0


def test_what_was_cleared_is_not_in_the_recording() -> None:
    """What the caller was not to hear any more is cut off when it was."""
    played = Played()
    played.add(0.0, *[(0.0, SENT, frame(n)) for n in range(50)])
    played.add(1.0, (0.5, CLEARED, b""), (0.6, SENT, frame(99)))
    _, right = played.end(1.0)
    assert right[: 2 * RATE // 2] == b"".join(frame(n) for n in range(25))
    assert right[2 * RATE // 2 : 1600 * 6] == bytes(1600)
    assert right[1600 * 6 :][: 2 * FRAME] == frame(99)


def test_nothing_waits_longer_than_it_must() -> None:
    """All that is a second old was given out."""
    played = Played()
    played.add(0.02, (0.0, HEARD, frame(1)))
    played.add(1.0)
    assert played.line.written >= (1.0 - PATIENCE - 0.2) * RATE
    assert played.line.held == 0


def test_a_flood_is_bounded_and_counted() -> None:
    """Who sends ten times too fast gets a recording that is as long as the call, and a little more."""
    played = Played()
    played.add(1.0, *[(1.0, SENT, frame(n)) for n in range(10_000)])
    _, right = played.end(1.0)
    assert len(right) / 2 / RATE <= MOST_AHEAD + 2
    assert played.line.left_out > 100


def test_a_recording_without_audio_is_as_long_as_the_call() -> None:
    """Silence counts."""
    assert Played(began_at=3.0).end(5.0) == (bytes(4 * RATE), bytes(4 * RATE))
