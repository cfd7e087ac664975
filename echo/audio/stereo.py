"""
Both sides of a call on one time line: left what was heard, right what was sent.

Audio is brought with the second of the clock at which it came or left. It comes out as blocks of stereo, each with
its place in samples: mostly one behind the other, and now and then one side of a place where silence was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from echo.audio.format import AudioFormat
from echo.audio.tracks import HEARD, SENT, Heard, Item, Sent

#: Bytes of one sample of both sides.
STEREO_BYTES: Final = 4

#: Seconds that a message waits for those behind it: a stall, and then all at once, is over by then.
PATIENCE: Final = 0.5

#: Seconds that what came belongs before its time at the most, as a rule: beyond it a place is written twice.
_JITTER: Final = 0.1

#: Seconds that audio may run ahead of the clock. The provider keeps 3,072 messages, which is as much.
MOST_AHEAD: Final = 62


@dataclass(frozen=True)
class Block:
    """
    Some audio with its place.

    Attributes:
        at: samples from the beginning.
        pcm: of both sides by turns, or of one of them.
        side: 0 for the left, 1 for the right, ``None`` for both: then nothing is there yet.
    """

    at: int
    pcm: bytes
    side: int | None = None


class Stereo:
    """
    The time line of one recording.

    Attributes:
        written: behind the last sample that was given out.
    """

    def __init__(self, audio: AudioFormat, began_at: float) -> None:
        """Begin at ``began_at`` seconds of the clock."""
        self.audio = audio
        frame, ahead = audio.frame_bytes // 2, MOST_AHEAD * audio.rate
        self._left, self._right = Heard(frame, ahead), Sent(frame, ahead)
        self._began_at = began_at
        self.written = 0

    @property
    def held(self) -> int:
        """Bytes that wait here."""
        return self._left.held + self._right.held

    @property
    def left_out(self) -> float:
        """Seconds of audio, of both sides together, that came too far ahead of their time."""
        return (self._left.left_out + self._right.left_out) / self.audio.rate

    def add(self, items: list[Item]) -> None:
        """Place what has happened; to be brought in order."""
        began_at, rate = self._began_at, self.audio.rate
        heard, sent = self._left.add, self._right.add
        for when, kind, pcm in items:
            at = max(0, round((when - began_at) * rate))
            if kind == HEARD:
                heard(at, pcm)
            elif kind == SENT:
                sent(at, pcm)
            else:
                self._right.clear(at)

    def until(self, now: float) -> Iterator[Block]:
        """Give out what is settled, where everything up to ``now`` has been brought."""
        horizon = round((now - PATIENCE - self._began_at) * self.audio.rate)
        self._left.settle(horizon)
        return self._given(horizon - round(_JITTER * self.audio.rate))

    def rest(self, now: float) -> Iterator[Block]:
        """Give out everything, up to ``now`` at least: the recording is over."""
        clock = round((now - self._began_at) * self.audio.rate)
        self._left.settle(clock + MOST_AHEAD * self.audio.rate)
        return self._given(max(clock, self._left.end, self._right.end, self.written))

    def _given(self, horizon: int) -> Iterator[Block]:
        if horizon <= self.written:
            return
        left, right = self._left.take(horizon), self._right.take(horizon)
        yield from self._late(left, 0)
        yield from self._late(right, 1)
        fresh = [at for at, _ in (*left[:1], *right[:1])]
        if fresh:
            begin = min(fresh)
            end = max(at + len(pcm) // 2 for at, pcm in (*left[-1:], *right[-1:]))
            yield Block(begin, interleaved(begin, end, left, right))
        self.written = horizon

    def _late(self, pieces: list[tuple[int, bytes]], side: int) -> Iterator[Block]:
        """Give out, and strike from ``pieces``, what belongs where silence was given out already."""
        while pieces and pieces[0][0] < self.written:
            at, pcm = pieces.pop(0)
            fits = (self.written - at) * 2
            if fits < len(pcm):
                pieces.insert(0, (self.written, pcm[fits:]))
            yield Block(at, pcm[:fits], side)


def interleaved(begin: int, end: int, left: list[tuple[int, bytes]], right: list[tuple[int, bytes]]) -> bytes:
    """Mix pieces of both sides, all between ``begin`` and ``end``, by turns; silence where there are none."""
    stereo = np.zeros((end - begin, 2), dtype="<i2")
    for side, pieces in enumerate((left, right)):
        if pieces:
            at = pieces[0][0] - begin
            pcm = np.frombuffer(_joined(pieces), dtype="<i2")
            stereo[at : at + len(pcm), side] = pcm
    return stereo.tobytes()


def put_in(stereo: bytes, pcm: bytes, side: int) -> bytes:
    """Replace one side of some stereo audio by ``pcm`` of the same duration."""
    mixed = np.frombuffer(stereo, dtype="<i2").reshape(-1, 2).copy()
    mixed[:, side] = np.frombuffer(pcm, dtype="<i2")
    return mixed.tobytes()


def _joined(pieces: list[tuple[int, bytes]]) -> bytes:
    """Put pieces of one side behind each other, with the silence between them."""
    parts, end = [], pieces[0][0]
    for at, pcm in pieces:
        if at > end:
            parts.append(bytes((at - end) * 2))
        parts.append(pcm)
        end = at + len(pcm) // 2
    return b"".join(parts)
