"""The programs in C: the yardstick echoes, and the load notices what does not come back as it left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Self

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.sync.client import connect

from bench import building
from bench.loading import Mode, Sample, Shape, load
from bench.processes import FailedError, Server, free_port, run
from bench.servers import PEERS, YARDSTICK

FEW = 4


@pytest.fixture(scope="module")
def yardstick() -> Iterator[Server]:
    """The C server, where there is a compiler."""
    try:
        building.load_program()
        command = PEERS[YARDSTICK].command
        port = free_port()
        with Server(command(port, ()), port, {}, None) as server:
            yield server
    except building.MissingError as reason:
        pytest.skip(str(reason))


def loaded(server: Server, shape: Shape) -> Sample:
    """Load the C server."""
    return load(PEERS[YARDSTICK], shape, server.port, server.pid, None)


def test_paced_calls_keep_their_pace(yardstick: Server) -> None:
    """50 frames a second each, all of them back, and the server's CPU and memory are known.

    A machine that stands still makes up for it later: frames of the warming up may come in the measured span.
    """
    sample = loaded(yardstick, Shape(Mode.PACED, 10, 0.4, 0.1))
    assert sample.is_intact
    assert 0 < sample.frames <= 250
    assert sample.trips is not None
    assert 0 < sample.trips["p50"] <= sample.trips["p99"] <= sample.trips["max"]
    assert sample.lateness is not None
    assert 0 < sample.cpu < sample.seconds
    assert sample.rss_before > 100_000


def test_a_closed_loop_goes_as_fast_as_it_can(yardstick: Server) -> None:
    """Far more than 50 frames a second, none lost, and no pace to be late for."""
    sample = loaded(yardstick, Shape(Mode.CLOSED, FEW, 0.3, 0.1))
    assert sample.is_intact
    assert sample.frames > 50 * FEW
    assert sample.lateness is None


@pytest.mark.parametrize("calls", [0, FEW])
def test_idle_calls_send_nothing(yardstick: Server, calls: int) -> None:
    """And cost nothing."""
    sample = loaded(yardstick, Shape(Mode.IDLE, calls, 0.1, 0.0))
    assert (sample.frames, sample.trips, sample.calls) == (0, None, calls)
    assert sample.is_intact


def test_the_yardstick_echoes_messages_of_any_size(yardstick: Server) -> None:
    """An independent client agrees, with sizes around each border of the header; texts are not returned."""
    with connect(f"ws://127.0.0.1:{yardstick.port}/", compression=None, max_size=None) as socket:
        for size in (0, 1, 7, 8, 9, 125, 126, 127, 640, 4096, 60_000):
            message = bytes(index * 7 % 251 for index in range(size))
            socket.send("a text")
            socket.send(message)
            assert socket.recv(timeout=5) == message
        for number in range(300):
            socket.send(number.to_bytes(2, "big") * 320)
        echoes = [socket.recv(timeout=5) for _ in range(300)]
        assert echoes == [number.to_bytes(2, "big") * 320 for number in range(300)]


class Wrong:
    """A server on a port of its own that sends something else for each binary message."""

    def __init__(self, answer: Callable[[int, bytes], list[bytes]]) -> None:
        self.answer, self.port = answer, free_port()
        self._is_ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._over = self._loop.create_future()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    async def _call(self, connection: ServerConnection) -> None:
        number = 0
        async for message in connection:
            if isinstance(message, bytes):
                for echo in self.answer(number, message):
                    await connection.send(echo)
                number += 1

    async def _serve(self) -> None:
        async with serve(self._call, "127.0.0.1", self.port, compression=None):
            self._is_ready.set()
            await self._over

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set_result, None)
        self._thread.join()
        self._loop.close()


def seen(answer: Callable[[int, bytes], list[bytes]]) -> Sample:
    """What the load sees of one call of 20 frames."""
    try:
        building.load_program()
    except building.MissingError as reason:
        pytest.skip(str(reason))
    with Wrong(answer) as server:
        return load(PEERS[YARDSTICK], Shape(Mode.PACED, 1, 0.4, 0.0), server.port, 0, None)


def test_altered_frames_are_counted() -> None:
    """One bit in the last byte, and a frame that has become shorter."""

    def altered(number: int, frame: bytes) -> list[bytes]:
        if number == 3:
            return [frame[:-1] + bytes([frame[-1] ^ 1])]
        return [frame[:-2]] if number == 5 else [frame]

    sample = seen(altered)
    assert (sample.altered, sample.lost, sample.disordered, sample.ended) == (2, 0, 0, 0)


def test_lost_frames_are_counted() -> None:
    """Those that never come back."""
    sample = seen(lambda number, frame: [] if number in {2, 7, 8} else [frame])
    assert (sample.lost, sample.altered, sample.disordered) == (3, 0, 0)
    assert not sample.is_intact


def test_repeated_frames_are_counted() -> None:
    """One that comes back twice is out of order the second time."""
    sample = seen(lambda number, frame: [frame, frame] if number == 4 else [frame])
    assert (sample.disordered, sample.altered) == (1, 0)


def test_a_server_that_is_not_there_is_told() -> None:
    """The load says so and fails, rather than to report nothing lost."""
    try:
        program = building.load_program()
    except building.MissingError as reason:
        pytest.skip(str(reason))
    with pytest.raises(FailedError, match="no connection"):
        run([program, "--port", str(free_port()), "--calls", "1"])
    with pytest.raises(FailedError, match="usage"):
        run([program])
