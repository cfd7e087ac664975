"""What ``--meter`` costs for each frame of a call that is echoed: ``python -m bench.meter``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from echo.audio.format import RATES, AudioFormat
from echo.audio.signal import Numbered
from echo.call.figures import AudioFigures
from echo.call.meter import CallMeter

#: Frames of one measurement: 400 seconds of a call, and the least of so many counts.
FRAMES: Final = 20_000
TIMES: Final = 5


def seconds_of(way: Callable[[bytes], None], frames: list[bytes], figures: AudioFigures) -> float:
    """Send frames one way, and tell how long that took."""
    began, now = time.perf_counter(), 0.0
    for frame in frames:
        now += 0.02
        figures.arrived(len(frame), now)
        way(frame)
    return time.perf_counter() - began


def cost(rate: int) -> float:
    """Tell the microseconds that a frame takes more when both sides of its call are measured."""
    audio = AudioFormat(rate)
    melody = Numbered(audio)
    frames = [melody.frame(index) for index in range(FRAMES)]
    figures = AudioFigures(audio.frame_bytes)
    least = {}
    for name in ("plain", "metered"):
        meter = CallMeter(audio, figures, 1)
        way = meter.hearing(meter.saying(_nowhere)) if name == "metered" else _nowhere
        least[name] = min(seconds_of(way, frames, figures) for _ in range(TIMES))
    return (least["metered"] - least["plain"]) / FRAMES * 1e6


def _nowhere(payload: bytes) -> None:
    """Take a frame."""


def main() -> None:
    """Measure each rate, and print a line for it."""
    for rate in RATES:
        sys.stdout.write(f"{rate:>5} Hz: {cost(rate):.1f} microseconds a frame\n")


if __name__ == "__main__":
    main()
