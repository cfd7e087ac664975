"""The fault proxy does what its plan says, and nothing else: bytes stay whole and in order."""

from __future__ import annotations

import socket
import threading
from random import Random

import pytest
from twisted.internet.task import Clock

from tests.fault_proxy import FaultProxy, Lane, Plan, Way
from tests.raw_client import RawClient


class Far:
    """The receiver: what came, when, and how it ended."""

    def __init__(self, way: Way, seed: int = 1) -> None:
        self.clock = Clock()
        self.came: list[tuple[float, bytes]] = []
        self.ends: list[str] = []
        self.lane = Lane(
            *(way, Random(seed), self.clock),
            write=lambda data: self.came.append((self.clock.seconds(), data)),
            end=lambda: self.ends.append("end"),
            reset=lambda: self.ends.append("reset"),
        )

    @property
    def data(self) -> bytes:
        """All that came."""
        return b"".join(piece for _, piece in self.came)


def test_nothing_is_done_without_a_plan() -> None:
    """What comes passes at once, in the pieces in which it came, and so does the end."""
    far = Far(Way())
    far.lane.take(b"abc")
    far.lane.take(b"de")
    far.lane.finish()
    assert far.came == [(0, b"abc"), (0, b"de")]
    assert far.ends == ["end"]


def test_slices_have_the_sizes_of_the_plan() -> None:
    """All bytes come, in pieces of the sizes that were asked for."""
    far = Far(Way(slices=(2, 5)))
    far.lane.take(bytes(range(200)))
    assert far.data == bytes(range(200))
    assert {len(piece) for _, piece in far.came[:-1]} == {2, 3, 4, 5}


def test_delays_keep_the_order() -> None:
    """Each piece waits at least the least and, with those before it, never overtakes."""
    far = Far(Way(slices=(1, 1), delay=(0.1, 0.5)))
    far.lane.take(b"abcdefgh")
    assert far.lane.held == 8
    far.clock.pump([0.05] * 12)
    assert far.data == b"abcdefgh"
    assert far.came[0][0] >= 0.1
    assert far.came[-1][0] <= 0.6
    assert far.lane.held == 0


def test_the_same_seed_draws_the_same() -> None:
    """A run can be repeated."""
    ways = [Far(Way(slices=(1, 9), delay=(0, 1)), seed=seed) for seed in (5, 5, 6)]
    for far in ways:
        far.lane.take(bytes(300))
        far.clock.pump([0.01] * 150)
    assert ways[0].came == ways[1].came != ways[2].came


def test_a_stall_holds_what_is_behind_it() -> None:
    """What comes before the place passes, and the rest waits for its time."""
    far = Far(Way(stall_at=3, stall=2.0))
    far.lane.take(b"abcdef")
    assert far.data == b"abc"
    far.clock.advance(1.9)
    assert far.data == b"abc"
    far.clock.advance(0.2)
    assert far.data == b"abcdef"


@pytest.mark.parametrize(("way", "end"), [(Way(reset_at=4), "reset"), (Way(half_close_at=4), "end")])
def test_a_connection_ends_at_its_place(way: Way, end: str) -> None:
    """So many bytes pass, then the end does, once, and nothing more."""
    far = Far(way)
    far.lane.take(b"abc")
    assert far.ends == []
    far.lane.take(b"defgh")
    far.lane.take(b"ij")
    far.lane.finish()
    assert (far.data, far.ends) == (b"abcd", [end])


def test_a_plan_goes_over_a_command_line() -> None:
    """What is read is what was written."""
    plan = Plan(Way(delay=(0.5, 1), slices=(1, 2), stall_at=3, stall=4), Way(reset_at=5))
    assert Plan.from_json(plan.to_json()) == plan


def test_the_proxy_resets_a_real_connection() -> None:
    """A client behind it is reset where the plan says so, when the server would still go on."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                connection.recv(1)
                connection.sendall(b"0123456789")
                try:
                    connection.recv(1)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        with (
            FaultProxy(server.getsockname()[1], Plan(down=Way(reset_at=4))) as proxy,
            RawClient(proxy.port) as client,
        ):
            client.send(b"?")  # before it, a reset could come while the client still connects
            while client.end == "open":
                client.receive_some()
        thread.join()
    assert client.end == "reset"
    assert b"0123".startswith(bytes(client.unread))
