"""
What hostile peers cannot do to a running daemon: fill its memory, hold it open, keep it busy.

Each attack of ``tests.attacks`` runs against a real process; what is asserted is the memory or the deadline
that holds. Deadlines are shortened by options, so that the tests need not wait for the real ones.
"""

from __future__ import annotations

import contextlib
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attacks import ATTACKS, NEVER_READ, TINY, VIOLATIONS, never_read, together_with_upgrade
from tests.daemon import Daemon
from tests.frames import BINARY
from tests.integration.conftest import wait_until
from tests.pressure import Outcome
from tests.raw_client import RawClient

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches the daemon through /proc (Linux)")

#: Bytes. A few reads and their answers are allowed; what is attacked would be hundreds of megabytes.
LITTLE_MEMORY = 2 * 1024 * 1024

#: Bytes. What the kernels of both ends hold of a connection that nobody reads is in it.
LITTLE_TAKEN = 8 * 1024 * 1024

SHORT = (
    *(
        "--request-timeout",
        "2",
        "--first-message-timeout",
        "2",
        "--idle-timeout",
        "3",
        "--ping-interval",
        "1",
    ),
    *("--close-timeout", "1", "--linger-timeout", "1", "--stuck-timeout", "2", "--fragment-timeout", "2"),
)

CODES = {
    "unmasked": 1002,
    "reserved-bit": 1002,
    "binary-header": 1009,
    "text-header": 1009,
    "bad-utf8": 1007,
    "after-close": 1000,
}


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A daemon with its usual limits and short deadlines, which must come through everything unharmed."""
    with Daemon(*SHORT) as running:
        yield running
        assert running.health()["calls_now"] == 0
        assert running.stop() == 0
        assert "Traceback" not in running.log
        assert "Unhandled" not in running.log


def attack(daemon: Daemon, name: str) -> Outcome:
    """Run an attack by its name."""
    return ATTACKS[name](daemon.port, daemon.pid)


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_is_cut_off_at_its_first_bytes(daemon: Daemon, name: str) -> None:
    """Trap A: whatever a bad frame announces, the peer is told the code, and nothing of it is kept."""
    seen = attack(daemon, f"A-{name}")

    assert seen.close_code == CODES.get(name, 1002)
    assert seen.cut_after is not None
    assert seen.cut_after < 1
    assert seen.sent < LITTLE_TAKEN
    assert seen.rss_growth < LITTLE_MEMORY


def test_a_peer_that_closes_and_does_not_read_is_let_go(daemon: Daemon) -> None:
    """Trap B: after Close the socket is gone within the linger, whatever is still unsent."""
    seen = attack(daemon, "B-close-unread")

    assert seen.cut_after is not None
    assert seen.cut_after < 3
    assert seen.rss_growth < LITTLE_MEMORY


@pytest.mark.parametrize(
    "options",
    [("--when-slow", "drop"), ("--when-slow", "pause"), ("--when-slow", "close"), ("--app", "reflect")],
    ids=" ".join,
)
def test_a_peer_that_never_reads_cannot_fill_the_memory(options: tuple[str, ...]) -> None:
    """Trap C: under every policy memory stays flat, whatever the peer sends, and a stuck call is ended."""
    with Daemon(*SHORT, *options, "--stuck-timeout", "1") as daemon:
        for name in ("audio-8k", "audio-paced", "texts-paced", "pings-paced", "audio", "texts", "pings"):
            frame, pace = NEVER_READ[name]
            sends_audio = name.startswith("audio")
            seen = never_read(
                *(daemon.port, daemon.pid),
                frame=frame,
                per_second=pace,
                seconds=1.5,
                patience=2 * sends_audio,
            )

            assert seen.rss_growth < LITTLE_MEMORY, name
            if sends_audio:
                assert seen.cut_after is not None, name
                assert seen.cut_after < 3.5, name


@pytest.mark.parametrize("name", TINY)
def test_tiny_frames_do_not_keep_us_busy(daemon: Daemon, name: str) -> None:
    """Trap D: frames without end, however small, end the call with 1008 before they cost half a second."""
    seen = attack(daemon, f"D-{name}")

    assert seen.close_code == 1008
    assert seen.cpu < 0.5
    assert seen.rss_growth < LITTLE_MEMORY


@pytest.mark.parametrize("cut_at", [None, 1, 100, 1500])
def test_frames_that_come_with_the_upgrade_are_echoed(daemon: Daemon, cut_at: int | None) -> None:
    """Trap F: what a peer or a proxy sends in one segment with the request belongs to the call."""
    assert together_with_upgrade(daemon.port, cut_at=cut_at).returned == 5


@pytest.mark.parametrize("name", ["G-endless-header", "G-many-headers"])
def test_a_header_has_an_end(daemon: Daemon, name: str) -> None:
    """Trap G: a header that does not end is answered with 431 after its first kilobytes."""
    seen = attack(daemon, name)

    assert seen.status == 431
    assert seen.sent < LITTLE_TAKEN
    assert seen.cpu < 0.5


BODIES = {
    "length-65536": 200,
    "length-65537": 413,
    "chunked-65537": 413,
    "length-100M": 413,
    "chunked-100M": 413,
    "one-chunk-100M": 413,
    "ncco-chunked-100M": 413,
    "socket-chunked-100M": 413,
    "endless-chunk-size": 400,
    "endless-trailer": 400,
    "length-and-chunked": 400,
    "deep-json": 400,
    "form": 400,
    "multipart": 415,
}


@pytest.mark.parametrize(("name", "status"), BODIES.items())
def test_a_body_has_an_end(daemon: Daemon, name: str, status: int) -> None:
    """Bodies that are too large, endless or contradictory are refused, and none is kept."""
    seen = attack(daemon, f"H-{name}")

    assert seen.status == status
    assert seen.sent < LITTLE_TAKEN
    assert seen.rss_growth < LITTLE_MEMORY


def test_answers_that_nobody_reads_do_not_pile_up(daemon: Daemon) -> None:
    """Requests in a pipeline whose answers are not taken are not read, and then not kept."""
    seen = attack(daemon, "S-half-read")

    assert seen.cut_after is not None
    assert seen.cut_after < 5
    assert seen.rss_growth < LITTLE_MEMORY


#: What waits for nothing but a deadline: seconds to it, and the answer that comes.
WAITS = {
    "S-slow-header": (2, 408),
    "S-slow-body": (2, 408),
    "S-slow-chunks": (2, 408),
    "S-slow-upgrade": (2, 408),
    "S-silent": (2, None),
    "S-idle-keepalive": (2, 200),
    "S-head-then-silent": (2, 408),
    "S-silent-after-upgrade": (3, None),
    "S-silent-after-first": (3, None),
    "D-open-fragment": (2, None),
    "D-dripped-frame": (3, None),
}


def test_whoever_keeps_us_waiting_is_cut_off_in_time(daemon: Daemon) -> None:
    """Slow HTTP, silence, and messages that never become whole: each ends at its deadline, not later."""
    with ThreadPoolExecutor(len(WAITS)) as pool:
        seen = dict(zip(WAITS, pool.map(lambda name: ATTACKS[name](daemon.port), WAITS), strict=True))

    for name, (seconds, status) in WAITS.items():
        cut_after = seen[name].cut_after
        assert cut_after is not None, name
        assert seconds - 0.2 < cut_after < seconds + 1.5, name
        assert seen[name].status == status, name


def calls_now(daemon: Daemon) -> int | None:
    """Ask for the number of calls; ``None`` while no connection is to be had."""
    with contextlib.suppress(OSError):
        return int(daemon.health()["calls_now"])
    return None


def test_a_call_goes_on_when_descriptors_run_out() -> None:
    """When no connection can be taken any more, calls go on; and once there are descriptors, others are taken."""
    with Daemon(*SHORT) as daemon, RawClient(daemon.port) as call:
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (40, 40))
        call.upgrade()
        with contextlib.ExitStack() as crowd:
            for _ in range(60):
                crowd.enter_context(RawClient(daemon.port))
            call.send_frame(BINARY, b"still here")
            assert call.read_frame().payload == b"still here"
        wait_until(lambda: calls_now(daemon) == 1)  # those of the crowd that still waited are taken, and go
        assert "Traceback" not in daemon.log


def test_a_healthy_call_is_not_disturbed(daemon: Daemon) -> None:
    """After all of this the daemon still answers, and echoes."""
    assert together_with_upgrade(daemon.port).returned == 5
