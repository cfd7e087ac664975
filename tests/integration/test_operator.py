"""The operator's port of a real daemon: what it shows of a real call, from its beginning to the end of the daemon."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.daemon import Watched
from tests.integration.conftest import FRAME, assert_echoes, begin_call, wait_until
from tests.integration.test_stopping import SOON, is_refused
from tests.raw_client import ConnectionEnded, RawClient

CALLS = 60


@pytest.fixture(scope="module")
def watched(installed: Path) -> Iterator[Watched]:
    """A daemon for the tests that leave nothing behind."""
    with Watched(path=installed) as running:
        yield running


def test_a_phone_call_shows(watched: Watched) -> None:
    """A call of the phone's moves each figure by what was said, and is in the list when it has ended."""
    before = watched.figures()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "echo.phone", "call", f"http://127.0.0.1:{watched.port}/ncco"),
            *("--duration", "1"),
        ],
        cwd=watched.folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    wait_until(lambda: watched.figures()["echo_calls_live"] == 0)
    after = watched.figures()

    moved = {name: after[name] - before[name] for name in after if name.startswith("echo_")}
    assert [moved[f"echo_{name}_total"] for name in ("calls", "calls_ended", "frames_in", "frames_out")] == [
        1,
        1,
        50,
        50,
    ]
    assert [moved[f"echo_frames_{name}_total"] for name in ("dropped", "wrong_sized")] == [0, 0]
    call = watched.calls()["ended"][-1]
    assert (call["frames_in"], call["frames_out"], call["ending"]["by"]) == (50, 50, "provider")
    assert after["process_open_fds"] > 3
    assert after["process_resident_memory_bytes"] > 10_000_000


def test_many_calls_are_in_the_list(watched: Watched) -> None:
    """Three lots of twenty, whole and in their order, and with what the provider said of each."""
    with contextlib.ExitStack() as calls:
        sockets = [calls.enter_context(begin_call(watched, caller=f"4477009{n:05}")) for n in range(CALLS)]
        for socket in sockets:
            assert_echoes(socket)
        live = watched.calls()["live"]
        assert [call["metadata"]["caller"] for call in live] == [f"4477009{n:05}" for n in range(CALLS)]
        assert {call["frames_in"] for call in live} == {1}
        assert b"4477009" not in watched.look("/metrics")[1]


def test_a_round_trip_shows(installed: Path) -> None:
    """The pong of a client that we did not write is timed."""
    with (
        Watched("--ping-interval", "1", "--limits", "lab", path=installed) as watched,
        begin_call(watched) as socket,
    ):
        assert_echoes(socket)
        wait_until(lambda: watched.figures()["echo_ping_round_trip_seconds_count"] > 0)
        assert 0 < watched.calls()["live"][0]["round_trip_ms"] < 1000


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example:80"])
def test_a_strangers_name_is_refused(watched: Watched, name: str) -> None:
    """By the name of another site the calls are not to be had."""
    assert watched.look("/calls", name)[0] == 421


def test_it_is_for_this_machine_alone(watched: Watched) -> None:
    """It listens on 127.0.0.1 only, and says so at the start."""
    with pytest.raises(OSError, match="refused"):
        RawClient(watched.operator_port, host="127.0.0.2")
    place = (
        f"operator    http://localhost:{watched.operator_port}/calls, /metrics and /ready: for this machine"
    )
    assert place in watched.log


def test_it_shows_the_drain_to_the_end(installed: Path) -> None:
    """While the last call goes on, readiness is gone, and list and figures are there; with it, the port is closed."""
    with Watched("--drain", "60", path=installed) as watched:
        assert watched.look("/ready") == (200, b'{"status": "ready"}\n')
        with begin_call(watched) as socket:
            assert_echoes(socket)
            watched.signal()
            watched.wait_for_log("draining: 1 call may go on for 60 s")

            assert watched.look("/ready") == (503, b'{"status": "draining"}\n')
            assert (watched.figures()["echo_ready"], watched.figures()["echo_calls_live"]) == (0, 1)
            assert_echoes(socket)
            assert watched.calls()["live"][0]["frames_in"] == 2
        assert watched.wait(SOON) == 0
        assert is_refused(watched.operator_port)
        assert "Traceback" not in watched.log


def test_who_does_not_read_the_list_holds_up_nobody(installed: Path) -> None:
    """A peer with a small window and no interest is let go, and calls are answered all the while."""
    with Watched("--request-timeout", "1", path=installed) as watched, contextlib.ExitStack() as calls:
        sockets = [
            calls.enter_context(begin_call(watched, note="x" * 3000, number=number)) for number in range(100)
        ]
        for socket in sockets:
            assert_echoes(socket, FRAME)
        with RawClient(watched.operator_port, receive_buffer=4096) as deaf:
            deaf.send(b"GET /calls HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_until(deaf.is_released)
            assert_echoes(sockets[0])
            with contextlib.suppress(ConnectionEnded):
                while deaf.receive_some():
                    pass
            assert deaf.end == "reset"
        assert len(watched.calls()["live"]) == 100
