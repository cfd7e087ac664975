"""
Kills a daemon that records calls, at moments that nobody chose, and looks at what is left.

    python -m tests.killing --count 200 [--calls 20] [--seed 1]

At each moment a daemon with calls on it is killed (SIGKILL). What lies in its folder is opened by libsndfile and, where
it is installed, by sox, before and after the next daemon has mended it; all but the last two seconds of each call have
to be there, sample for sample. `make killing` does this 200 times, in about fifteen minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import soundfile  # type: ignore[import-untyped]

from tests.daemon import Daemon
from tests.frames import BINARY, connected_message
from tests.raw_client import ConnectionEnded, RawClient

#: Seconds of a call that may be lost.
MOST_LOST = 2.0

#: Samples of a frame at 16 kHz.
SAMPLES = 320

#: The longest that calls last before the daemon is killed.
LONGEST = 5.0

#: How long the next daemon may take to mend what was left.
PATIENCE = 10.0


class WrongError(Exception):
    """What was left is not what it should be; the text says how."""


def frame(number: int) -> bytes:
    """The frame of this number, from 1: no sample of it is silent, and no other frame is like it."""
    return struct.pack("<h", number) * SAMPLES


@dataclass
class Talk:
    """
    What callers have said.

    Attributes:
        at: when each frame went out, on every call, in seconds of the monotonic clock.
    """

    at: list[float]

    def before(self, moment: float) -> int:
        """How many frames were out by then."""
        return sum(at <= moment for at in self.at)


def talk(callers: list[RawClient], until: float, *, is_kept: bool = False) -> Talk:
    """Let all callers talk at a call's pace, and read what comes back, to be kept in ``unread`` or not."""
    said = Talk([])
    begin = time.monotonic()
    while (now := time.monotonic()) < until:
        due = begin + len(said.at) * 0.02
        if now < due:
            time.sleep(due - now)
        for caller in callers:
            caller.send_frame(BINARY, frame(len(said.at) + 1))
            caller.socket.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                caller.receive_some()
            if not is_kept:
                caller.unread.clear()
        said.at.append(time.monotonic())
    return said


def numbers(path: Path) -> tuple[list[int], list[int]]:
    """The numbers of the frames on both sides of a file, without silence."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True, format=None)
    if rate != 16000 or samples.shape[1] != 2:
        raise WrongError(f"{path.name}: {rate} Hz and {samples.shape[1]} sides")
    left, right = ([int(v) for v in samples[:, side] if v] for side in (0, 1))
    return left, right


def check(path: Path, least: int) -> None:
    """See that a file holds the beginning of what was said, ``least`` frames of it at the least."""
    for side in numbers(path):
        wanted = [1 + at // SAMPLES for at in range(len(side))]
        if side != wanted:
            raise WrongError(f"{path.name}: not what was said")
        if len(side) < least * SAMPLES:
            raise WrongError(f"{path.name}: {len(side) / 16000:.2f} s where {least / 50:.2f} s are the least")
    if shutil.which("sox"):
        command = ["sox", "-t", "wav", str(path), "-n", "stat"]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode or "WARN" in told.stderr or "FAIL" in told.stderr:
            raise WrongError(f"{path.name}: sox says {told.stderr.strip()[:200]}")


def mended(folder: Path, stems: set[str]) -> Iterator[Path]:
    """Wait until the next daemon has mended these, and tell their files."""
    deadline = time.monotonic() + PATIENCE
    for stem in sorted(stems):
        path = folder / f"{stem}.wav"
        while not path.exists():
            if time.monotonic() > deadline:
                raise WrongError(f"{path.name} was not mended")
            time.sleep(0.05)
        yield path


def one_moment(folder: Path, calls: int, seconds: float) -> set[str]:
    """Kill a daemon after so many seconds of talk; returns the names of what it left unfinished."""
    with Daemon("--record", str(folder)) as daemon:
        callers = [RawClient(daemon.port) for _ in range(calls)]
        for caller in callers:
            caller.upgrade()
            caller.send_text(connected_message())
        try:
            said = talk(callers, time.monotonic() + seconds)
        finally:
            killed_at = time.monotonic()
            daemon.signal(signal.SIGKILL)
            daemon.wait()
            for caller in callers:
                caller.socket.close()
    least = said.before(killed_at - MOST_LOST)
    parts = sorted(folder.glob("*.wav.part"))
    if least and len(parts) != calls:
        raise WrongError(f"{len(parts)} files of {calls} calls")
    for part in parts:
        check(part, least)
    return {part.name.removesuffix(".wav.part") for part in parts}


def moments(count: int, calls: int, seed: int, longest: float = LONGEST) -> Iterator[str]:
    """Do it so often; a sentence for each."""
    chance = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="echo-killed-"))
    try:
        for number in range(1, count + 1):
            seconds = chance.uniform(0.1, longest)
            stems = one_moment(folder, calls, seconds)
            with Daemon("--record", str(folder)):
                for path in mended(folder, stems):
                    check(path, 0)
            for path in folder.iterdir():
                path.unlink()
            yield f"{number}: killed after {seconds:.2f} s, {len(stems)} recordings whole"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Do it, and tell."""
    parser = argparse.ArgumentParser(
        description="Kills daemons that record calls, and looks at what is left."
    )
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    try:
        for line in moments(options.count, options.calls, options.seed):
            print(line, flush=True)
    except (WrongError, ConnectionEnded) as wrong:
        print(f"WRONG: {wrong}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
