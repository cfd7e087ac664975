"""The load: calls that speak as the Voice API does, by the clock, and check each frame that comes back."""

from __future__ import annotations

import os
import select
import struct
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from figures import Figures
from tests.frames import BINARY, CLOSE, PING, PONG, close_frame, connected_message, encode_frame
from tests.raw_client import RawClient

FRAME_SECONDS = 0.02

#: How long to wait for the last frames once the last one was sent, in seconds.
DRAIN_SECONDS = 2.0

#: In front of each payload: call, sequence, time of sending in ns. The rest is noise, different each time.
STAMP = struct.Struct("!IIQ")

_NOISE = os.urandom(1 << 16)


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


def hang_up(calls: list[Call]) -> None:
    """End each call as the provider does after its caller has hung up."""
    for call in calls:
        if call.client.end == "open":
            call.client.send(close_frame())
            call.client.read_rest(2)
        call.client.socket.close()
