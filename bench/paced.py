"""
Many paced calls at once: does every frame come back, once, in order, unchanged, and how soon?

    python bench/paced.py --calls 200 --seconds 30

starts the daemon as a user would, with twistd, alone on one core, and loads it from another. Each call speaks
as the Voice API does: one text message, then a frame of audio every 20 ms. The starts of the calls are spread
over those 20 ms. The exit status is 1 when a frame was lost, repeated, reordered or altered.

    python bench/paced.py --url ws://127.0.0.1:9000/socket --pid 1234
    python bench/paced.py --calls 50 --seconds 5 --json -- --when-slow pause

measure a server that is already running (its pid is needed to see its CPU and memory), and our daemon with
options of its own. The load generator tells how late its own frames left: when they were late, the figures
are about it and not about the server.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import importlib.metadata
import json
import os
import platform
import resource
import select
import struct
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.daemon import Daemon, cpu_seconds, rss
from tests.raw_client import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    RawClient,
    close_frame,
    connected_message,
    encode_frame,
)

FRAME_SECONDS = 0.02

#: How long to wait for the last frames once the last one was sent, in seconds.
DRAIN_SECONDS = 2.0

#: In front of each payload: call, sequence, time of sending in ns. The rest is noise, different each time.
STAMP = struct.Struct("!IIQ")

#: Beyond this the load generator was the bottleneck: a tenth of a frame, for the 99th percentile.
LATE_SECONDS = 0.002

#: Beyond this share of the time without a core, other processes were part of what was measured.
BUSY_SHARE = 0.05

_NOISE = os.urandom(1 << 16)


@dataclass
class Figures:
    """What was measured. Times in seconds, sizes in bytes."""

    sent: int = 0
    returned: int = 0
    #: Frames that did not come back, or not as they were sent.
    lost: int = 0
    repeated: int = 0
    reordered: int = 0
    altered: int = 0
    #: Calls that ended before we ended them.
    ended: int = 0
    #: Round trips, and how late frames left, one entry for each frame.
    trips: array[float] = field(default_factory=lambda: array("d"))
    lateness: array[float] = field(default_factory=lambda: array("d"))

    @property
    def intact(self) -> bool:
        """Whether each frame came back once, in order, unchanged."""
        return not (self.lost or self.repeated or self.reordered or self.altered or self.ended)


class Call:
    """One paced call on a non-blocking socket."""

    def __init__(self, number: int, client: RawClient, frame_bytes: int, figures: Figures) -> None:
        self.number, self.client, self.figures = number, client, figures
        self.phase = 0.0
        self.sequence = 0
        self._size = frame_bytes
        # a frame as it comes back: FIN and binary, 16 bits of length, not masked
        self._head_back = struct.pack("!BBH", 0x82, 126, frame_bytes)
        # and as it goes: masked, with a key as good as any
        self._key = os.urandom(4)
        self._head = struct.pack("!BBH", 0x82, 0x80 | 126, frame_bytes) + self._key
        self._mask = int.from_bytes((self._key * (frame_bytes // 4 + 1))[:frame_bytes], "big")
        self._unsent = bytearray()
        self._awaited = 0
        self._missing: set[int] = set()
        client.socket.setblocking(False)

    def _payload(self, sequence: int, sent_ns: int) -> bytes:
        at = (self.number * 7919 + sequence * 31) % (len(_NOISE) - self._size)
        return STAMP.pack(self.number, sequence, sent_ns) + _NOISE[at : at + self._size - STAMP.size]

    def send_frame(self) -> None:
        """Send the next frame; what is not taken at once waits here, in order."""
        payload = self._payload(self.sequence, time.monotonic_ns())
        self.sequence += 1
        self.figures.sent += 1
        body = (int.from_bytes(payload, "big") ^ self._mask).to_bytes(self._size, "big")
        self._send(self._head + body)

    def _send(self, data: bytes) -> None:
        if self.client.end != "open":
            return
        if self._unsent:
            self._unsent += data
            data = bytes(self._unsent)
        try:
            taken = self.client.socket.send(data)
        except BlockingIOError:
            taken = 0
        except OSError:
            self.client.end = "reset"
            return
        self._unsent = bytearray(data[taken:])

    def receive(self) -> None:
        """Take what has come and check it, frame by frame."""
        try:
            data = self.client.socket.recv(16384)
        except BlockingIOError:
            return
        except OSError:
            self.client.end = "reset"
            return
        now = time.monotonic_ns()
        if not data:
            self.client.end = "fin"
        self._take(data, now)

    def _take(self, data: bytes, now: int) -> None:
        unread, size, head = self.client.unread, self._size, self._head_back
        unread += data
        at, whole = 0, size + 4
        while len(unread) - at >= whole and unread.startswith(head, at):
            self._check(bytes(unread[at + 4 : at + whole]), now)
            at += whole
        del unread[:at]
        if unread and not unread.startswith(head[: len(unread)]):
            self._receive_other()

    def _receive_other(self) -> None:
        """Whatever is no whole frame of audio: texts, pings, Close, and audio that has changed its size."""
        for frame in self.client.frames(0):
            if frame.opcode == PING:
                self._send(encode_frame(PONG, frame.payload))
            elif frame.opcode == CLOSE:
                self.client.end = f"closed with {frame.close_code}"
            elif frame.opcode == BINARY:
                self._check(frame.payload, time.monotonic_ns())
        self.client.socket.setblocking(False)

    def _check(self, payload: bytes, now: int) -> None:
        figures = self.figures
        figures.returned += 1
        if len(payload) != self._size:
            figures.altered += 1
            return
        _, sequence, sent_ns = STAMP.unpack_from(payload)
        if payload != self._payload(sequence, sent_ns) or sequence >= self.sequence:
            figures.altered += 1
            return
        figures.trips.append((now - sent_ns) / 1e9)
        if sequence != self._awaited:
            self._note_gap(sequence)
        self._awaited = max(self._awaited, sequence + 1)

    def _note_gap(self, sequence: int) -> None:
        """A frame that was not the next one: those between are missing until they come late."""
        if sequence > self._awaited:
            self._missing.update(range(self._awaited, sequence))
        elif sequence in self._missing:
            self._missing.remove(sequence)
            self.figures.reordered += 1
        else:
            self.figures.repeated += 1

    @property
    def is_done(self) -> bool:
        """Whether nothing more is to come."""
        return self.client.end != "open" or (self._awaited == self.sequence and not self._missing)

    def lost(self) -> int:
        """Frames that have not come back."""
        return len(self._missing) + self.sequence - self._awaited


class Load:
    """All calls, served by one thread: what is due is sent, what comes is checked."""

    def __init__(self, calls: list[Call], figures: Figures) -> None:
        self.calls, self.figures = calls, figures
        self._epoll = select.epoll()
        self._by_descriptor = {call.client.socket.fileno(): call for call in calls}
        for descriptor in self._by_descriptor:
            self._epoll.register(descriptor, select.EPOLLIN)

    def run(self, seconds: float, each_second: Callable[[float], None]) -> float:
        """Pace all calls for so long; returns the time from the first frame to the last echo awaited."""
        frames = max(1, round(seconds / FRAME_SECONDS))
        started = time.monotonic() + 0.05
        next_tell = started + 1
        for turn in range(frames):
            for call in self.calls:
                due = started + call.phase + turn * FRAME_SECONDS
                self._serve_until(due)
                self.figures.lateness.append(time.monotonic() - due)
                call.send_frame()
            if time.monotonic() >= next_tell:
                next_tell += 1
                each_second(time.monotonic() - started)
        self._drain()
        return time.monotonic() - started

    def _serve_until(self, due: float) -> None:
        """Check what comes until a frame is due."""
        while (left := due - time.monotonic()) > 0:
            # select takes microseconds where epoll rounds up to a millisecond; the epoll object is selectable
            if select.select([self._epoll], [], [], left)[0]:
                self._serve()

    def _serve(self) -> None:
        for descriptor, _ in self._epoll.poll(0):
            call = self._by_descriptor[descriptor]
            call.receive()
            if call.client.end != "open":
                self._epoll.unregister(descriptor)
                self.figures.ended += 1
                print(f"call {call.number} has ended: {call.client.end}", file=sys.stderr)

    def _drain(self) -> None:
        until = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < until and not all(call.is_done for call in self.calls):
            if select.select([self._epoll], [], [], 0.05)[0]:
                self._serve()
        self.figures.lost = sum(call.lost() for call in self.calls)
        self._epoll.close()


def open_calls(count: int, url: str, rate: int, figures: Figures) -> Iterator[Call]:
    """Open calls one after the other, in the order of their phases."""
    parts = urlsplit(url)
    if parts.scheme != "ws" or not parts.hostname:
        raise SystemExit(f"--url {url!r}: must be ws://HOST:PORT/PATH")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    for number in range(count):
        client = RawClient(parts.port or 80, host=parts.hostname)
        response = client.upgrade(path)
        if response.status != 101:
            raise SystemExit(f"call {number}: the upgrade was answered with {response.status}")
        client.send_text(connected_message(rate, call=number))
        call = Call(number, client, rate // 50 * 2, figures)
        call.phase = FRAME_SECONDS * number / count
        yield call


@dataclass(frozen=True)
class Usage:
    """What a process has had of the machine, in seconds."""

    cpu: float = 0.0
    #: Ready to run, without a core: others were at work there, and the figures are theirs as well.
    waited: float = 0.0

    @classmethod
    def of(cls, pid: int | None) -> Usage:
        """Usage since the start of a process; nothing of one that we don't know."""
        if pid is None:
            return cls()
        waited = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]
        return cls(cpu_seconds(pid), int(waited) / 1e9)

    def __sub__(self, before: Usage) -> Usage:
        return Usage(self.cpu - before.cpu, self.waited - before.waited)


def percentiles(values: array[float]) -> dict[str, float]:
    """p50 to max of ``values`` in milliseconds; empty for none."""
    ordered = sorted(values)
    last = len(ordered) - 1
    marks = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    return {name: round(ordered[round(last * mark)] * 1000, 3) for name, mark in marks.items() if ordered}


def version(distribution: str) -> str:
    """The installed version, or "-"."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "-"


def machine() -> dict[str, str]:
    """Where and with what this was measured."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    libraries = ("echo-voice", "twisted", "autobahn")
    return {
        "machine": f"{len(os.sched_getaffinity(0))} cores, {names[0] if names else platform.machine()}",
        "system": f"{platform.system()} {platform.release()}",
        "versions": ", ".join(
            [f"Python {platform.python_version()}", *(f"{n} {version(n)}" for n in libraries)]
        ),
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
    }


def measure(options: argparse.Namespace, url: str, pid: int | None) -> tuple[Figures, dict[str, object]]:
    """Run the load; returns the raw figures and the report."""
    figures = Figures()
    memory = [rss(pid)] if pid else []
    calls = list(open_calls(options.calls, url, options.rate, figures))
    load = Load(calls, figures)
    gc.collect()
    gc.freeze()
    gc.disable()

    def tell(elapsed: float) -> None:
        memory.extend([rss(pid)] if pid else [])
        if round(elapsed) % 5 == 0:
            seen = f"{figures.sent} sent, {figures.returned} returned"
            print(f"{elapsed:4.0f} s: {seen}", file=sys.stderr)

    before = Usage.of(pid), Usage.of(os.getpid())
    took = load.run(options.seconds, tell)
    server, own = Usage.of(pid) - before[0], Usage.of(os.getpid()) - before[1]
    hang_up(calls)
    return figures, report(options, url, figures, memory=memory, took=took, server=server, own=own)


def hang_up(calls: list[Call]) -> None:
    """End each call as the provider does after its caller has hung up."""
    for call in calls:
        if call.client.end == "open":
            call.client.send(close_frame())
            call.client.read_rest(2)
        call.client.socket.close()


def report(
    options: argparse.Namespace,
    url: str,
    figures: Figures,
    *,
    memory: list[int],
    took: float,
    server: Usage,
    own: Usage,
) -> dict[str, object]:
    """Put the figures into words, in the order in which they are shown."""
    counts = ("sent", "returned", "lost", "repeated", "reordered", "altered", "ended")
    lateness = percentiles(figures.lateness)
    told: dict[str, object] = {"server": url} | {
        name: vars(options)[name] for name in ("calls", "rate", "seconds")
    }
    told |= {name: getattr(figures, name) for name in counts}
    if memory:
        told["server CPU (% of a core)"] = round(100 * server.cpu / took, 1)
        told["server CPU (us a frame)"] = round(1e6 * server.cpu / max(1, figures.returned), 1)
        told["server kept waiting (% of time)"] = round(100 * server.waited / took, 1)
        told["server RSS (MB) before the calls"] = round(memory[0] / 1e6, 1)
        told["server RSS (MB) with the calls"] = round(max(memory) / 1e6, 1)
    told["round trip (ms)"] = percentiles(figures.trips)
    told["load: late (ms)"] = lateness
    told["load: CPU (% of a core)"] = round(100 * own.cpu / took, 1)
    told["load: kept waiting (% of time)"] = round(100 * own.waited / took, 1)
    told["to be trusted"] = judge(lateness["p99"] / 1000, max(server.waited, own.waited) / took)
    return told | dict(machine())


def judge(late: float, waited: float) -> str:
    """Say whether the times are the server's: not those of a late load generator, or of a busy machine."""
    if waited > BUSY_SHARE:
        return "no: other processes were at work on these cores"
    if late > LATE_SECONDS:
        return "no: the load generator was the bottleneck, its frames left late"
    return "yes"


def show(told: dict[str, object]) -> None:
    """Print the report as a table."""
    for name, value in told.items():
        text = "   ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        print(f"{name:<34}{text}")


def pin() -> tuple[int | None, str]:
    """Put ourselves on the last core; returns the first for the server, None where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None, "one core for both: expect to have measured the load as well"
    os.sched_setaffinity(0, {cores[-1]})
    return cores[0], f"server on core {cores[0]}, load on core {cores[-1]}"


def parse(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Paced calls against an echoing WebSocket server.")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=int, default=16000, choices=(8000, 16000, 24000))
    parser.add_argument(
        "--url", help="a server that is running, ws://HOST:PORT/PATH; else the daemon is started"
    )
    parser.add_argument("--pid", type=int, help="of the server at --url")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("options", nargs="*", help="options of the daemon, after --")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Measure and report; 1 when a frame did not come back as it should."""
    options = parse(words)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard) if hard > 0 else soft, hard))
    described = machine()["machine"]
    core, placement = pin()
    if options.url:
        figures, told = measure(options, options.url, options.pid)
    else:
        with Daemon(*options.options, core=core) as daemon:
            figures, told = measure(options, f"ws://127.0.0.1:{daemon.port}/socket", daemon.pid)
            told["daemon's exit status"] = daemon.stop()
    told |= {"machine": described, "placement": placement}
    print(json.dumps(told)) if options.json else show(told)
    return 0 if figures.intact else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
