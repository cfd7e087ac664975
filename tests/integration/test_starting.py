"""How a real ``twistd -n echo`` starts: what it says, where its settings come from, and how it refuses."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import socket as sockets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError

from tests.daemon import Daemon, free_port
from tests.integration.conftest import (
    FRAME,
    assert_echoes,
    begin_call,
    dial,
    end_of_call,
    lines_of,
    needs_proc,
    twistd_of,
    wait_until,
)


def refused(
    installed: Path, folder: Path, *options: str, environment: dict[str, str] | None = None
) -> list[str]:
    """
    Start a daemon, in ``folder``, that must not come up; returns what it says on standard error.

    It ends with status 1, says nothing of usage, shows no traceback and leaves no file behind.
    """
    inside = set(folder.iterdir())
    done = subprocess.run(
        [twistd_of(), "-n", "echo", *options],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)} | (environment or {}),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    for unwanted in ("Traceback", "Usage:", "--rate="):
        assert unwanted not in done.stdout + done.stderr
    assert set(folder.iterdir()) == inside
    return [line.partition("#error] ")[2] or line for line in (done.stdout + done.stderr).splitlines()]


def complaints(lines: list[str]) -> list[str]:
    """Of these lines, ours, without the name in front; the others are Twisted's on starting up."""
    return [line.removeprefix("echo: ") for line in lines if line.startswith("echo: ")]


def test_start_up_tells_where_everything_is(daemon: Daemon) -> None:
    """Interface, answer URL, event URL, socket URL and health are told, each in one line."""
    told = lines_of(daemon, "")
    base = f"http://localhost:{daemon.port}"
    for line in (
        f"echo 0.1.0 listens on 127.0.0.1, port {daemon.port}",
        f"answer URL  {base}/ncco",
        f"event URL   {base}/events",
        f"socket URL  ws://localhost:{daemon.port}/socket",
        f"health      {base}/health",
        "app echo, 16000 Hz, when slow: drop; any WebSocket is accepted",
    ):
        assert told.count(line) == 1
    assert "LIFTED" not in daemon.log


def test_lifted_limits_are_told_loudly(installed: Path) -> None:
    """``--limits lab`` takes a message that is far too large by default, and warns of itself."""
    large = FRAME * 1000
    with Daemon("--limits", "lab", path=installed) as daemon:
        assert "#warn] LIMITS ARE LIFTED" in daemon.wait_for_log("LIMITS ARE LIFTED (--limits lab)")
        with begin_call(daemon) as socket:
            assert_echoes(socket, large)


def test_the_default_limits_refuse_what_is_large(daemon: Daemon) -> None:
    """The same message ends a call with 1009 where the limits are the standard ones."""
    with begin_call(daemon) as socket:
        socket.send(FRAME * 1000)
        with pytest.raises(ConnectionClosedError) as ended:
            socket.recv(timeout=5)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1009


def test_the_command_line_wins_then_the_environment_then_the_file(installed: Path, tmp_path: Path) -> None:
    """
    Three sources name the rate, two the address, one the size of a body: each time the first of them counts.

    The environment names the file too, and has a misspelt variable, which is a warning.
    """
    file = tmp_path / "echo.toml"
    file.write_text('rate = 8000\npublic-url = "https://file.example"\nmax_body = 100\n')
    environment = {
        "ECHO_CONFIG": str(file),
        "ECHO_RATE": "24000",
        "ECHO_PUBLIC_URL": "https://environment.example/",
        "ECHO_NCCO": "",
        "ECHO_PUBLIC_ULR": "https://misspelt.example",
    }
    with Daemon("--rate", "16000", path=installed, environment=environment) as daemon:
        connect = json.loads(daemon.get("/ncco")[1])[1]

        assert connect["endpoint"][0]["content-type"] == "audio/l16;rate=16000"
        assert connect["endpoint"][0]["uri"] == "wss://environment.example/socket"
        assert "answer URL  https://environment.example/ncco" in lines_of(daemon, "")
        assert post(daemon, b'{"a":"' + b"b" * 92 + b'"}') == 200
        assert post(daemon, b'{"a":"' + b"b" * 93 + b'"}') == 413
        (warning,) = re.findall(r"#warn\] (ECHO_.*)", daemon.log)
    assert warning.startswith("ECHO_PUBLIC_ULR is not a setting of echo")
    assert warning.endswith("did you mean ECHO_PUBLIC_URL?")


def post(daemon: Daemon, body: bytes) -> int:
    """Post an event; the status of the answer."""
    with sockets.create_connection(("127.0.0.1", daemon.port), timeout=5) as connection:
        head = f"POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        return int(connection.recv(100).split()[1])


def test_all_wrong_settings_are_told_at_once(installed: Path, tmp_path: Path) -> None:
    """One line for each, naming option, value and what is allowed, whatever source it came from."""
    file = tmp_path / "echo.toml"
    file.write_text('when_slow = "panic"\nport = 8125\n')
    options = ["--rate", "44100", "--app=macaw", "--ncoc", "x.json", "--config", str(file), "8000"]
    lines = refused(installed, tmp_path, *options, environment={"ECHO_MAX_CALLS": "none"})

    assert len(lines) == len(complaints(lines)) == 6
    for start, allowed in {
        "--ncoc: there is no such option": "did you mean --ncco?",
        "'8000' is not expected here": "--port 8000",
        "--rate: '44100' is": "8000, 16000, 24000",
        "--app: 'macaw' is": "parrot",
        f"when_slow in {file}: 'panic' is": "drop, pause, close",
        "ECHO_MAX_CALLS: 'none' is": "a whole number of calls from 1",
    }.items():
        (line,) = [line for line in complaints(lines) if line.startswith(start)]
        assert allowed in line


def test_a_broken_script_and_a_broken_endpoint_are_told_at_once(installed: Path, tmp_path: Path) -> None:
    """A script is refused with its file, line and path in the document."""
    (tmp_path / "ncco.json").write_text('[\n  {"action": "talk", "text": "hello"},\n  {"text": "hello"}\n]')
    lines = refused(installed, tmp_path, "--ncco", "ncco.json", "--port", "tcp:8125:nix=1")

    port, ncco = complaints(lines)
    assert port.startswith("--port: 'tcp:8125:nix=1' ")
    for words in ("--ncco: ", "ncco.json", "line 3", "$[1].action"):
        assert words in ncco


def test_a_port_that_is_taken_is_one_clear_line(daemon: Daemon, installed: Path, tmp_path: Path) -> None:
    """The second daemon on a port says so and ends; the first is not disturbed."""
    lines = refused(installed, tmp_path, "--port", str(daemon.port), "--interface", "127.0.0.1")

    (line,) = complaints(lines)
    assert line.startswith("cannot listen on tcp:")
    assert f"127.0.0.1:{daemon.port}" in line
    assert "Address already in use" in line
    assert daemon.health()["version"]


def test_it_runs_on_select(installed: Path) -> None:
    """Where there is no epoll, as on a Mac, everything goes by the plain path: ``--reactor=select``."""
    with Daemon(path=installed, twistd=("--reactor=select",)) as daemon:
        assert "SelectReactor" in daemon.log
        assert b"/socket" in daemon.get("/ncco")[1]
        with begin_call(daemon) as socket:
            for number in range(50):
                assert_echoes(socket, FRAME[number:] + FRAME[:number])
            port = socket.local_address[1]
        assert (end_of_call(daemon, port).frames_in, end_of_call(daemon, port).frames_out) == (50, 50)
        assert daemon.stop() == 0


@needs_proc
def test_the_limit_on_descriptors_is_raised(installed: Path) -> None:
    """A soft limit that would not do for many calls, as shells set it, becomes the hard one."""
    with soft_limit_on_files(256) as hard, Daemon(path=installed) as daemon:
        limits = Path(f"/proc/{daemon.pid}/limits").read_text()
    found = re.search(r"Max open files +(\S+) +(\S+)", limits)
    assert found is not None
    shown = "unlimited" if hard == resource.RLIM_INFINITY else str(hard)
    assert found.groups() == (shown, shown)


@contextlib.contextmanager
def soft_limit_on_files(number: int) -> Iterator[int]:
    """Lower this process's limit, which what it starts inherits; gives the hard limit, which stays."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_reflect_returns_text_too(installed: Path) -> None:
    """``--app reflect`` returns every message in its order, and says that it pauses where echo would drop."""
    with Daemon("--app", "reflect", path=installed) as daemon:
        assert "app reflect, 16000 Hz, when slow: pause" in daemon.log
        with dial(f"ws://127.0.0.1:{daemon.port}/") as socket:
            said: list[str | bytes] = ["first", FRAME, "zwölf \U0001f600", b"", ""]
            for message in said:
                socket.send(message)
            assert [socket.recv(timeout=5) for _ in said] == said


@pytest.mark.parametrize("policy", ["pause", "close"])
def test_each_other_policy_serves_a_call_that_is_not_slow(installed: Path, policy: str) -> None:
    """``--when-slow`` takes the other two values, tells which it has, and costs a good call nothing."""
    with Daemon("--when-slow", policy, path=installed) as daemon:
        assert f"when slow: {policy};" in daemon.log
        with begin_call(daemon) as socket:
            for number in range(100):
                assert_echoes(socket, number.to_bytes(2, "little") * 320)
            port = socket.local_address[1]
        end = end_of_call(daemon, port)
    assert (end.frames_in, end.frames_out, end.dropped) == (100, 100, 0)


def test_it_runs_from_any_folder(installed: Path, tmp_path: Path) -> None:
    """Files are meant as they were named where it started, even when twistd then goes elsewhere (--rundir)."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    daemon = Daemon("--ncco", "ncco.json", path=installed, twistd=("--rundir", str(elsewhere)))
    script = daemon.folder / "ncco.json"
    script.write_text('[{"action": "talk", "text": "first"}]')
    with daemon:
        assert b"first" in daemon.get("/ncco")[1]
        script.write_text('[{"action": "talk", "text": "changed"}]')
        assert b"changed" in daemon.get("/ncco")[1]
        assert {path.name for path in daemon.folder.iterdir()} == {"ncco.json", "log"}
        assert list(elsewhere.iterdir()) == []
        assert daemon.stop() == 0


def test_a_taken_port_is_told_in_the_background_too(installed: Path, tmp_path: Path) -> None:
    """Without ``-n``, twistd returns with status 1 and the reason when the port cannot be had."""
    with sockets.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            [
                *(twistd_of(), "--pidfile=echo.pid", "--logfile=log", "echo"),
                *("--port", str(taken.getsockname()[1]), "--interface", "127.0.0.1"),
            ],
            cwd=tmp_path,
            env={"PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    assert done.returncode == 1
    assert "cannot listen on tcp:" in done.stderr
    assert not (tmp_path / "echo.pid").exists()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_it_runs_in_the_background(installed: Path, tmp_path: Path) -> None:
    """Without ``-n``, twistd returns when the port is open, and SIGTERM ends the daemon along with its pidfile."""
    port, pidfile = free_port(), tmp_path / "echo.pid"
    done = subprocess.run(
        [
            twistd_of(),
            f"--pidfile={pidfile}",
            "--logfile=log",
            "echo",
            f"--port=tcp:{port}:interface=127.0.0.1",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        timeout=20,
        check=False,
    )
    assert done.returncode == 0
    try:
        with dial(f"ws://127.0.0.1:{port}/") as socket:
            assert_echoes(socket)
    finally:
        wait_until(lambda: pidfile.exists() and pidfile.read_text() != "")
        os.kill(int(pidfile.read_text()), signal.SIGTERM)
    wait_until(lambda: not pidfile.exists())
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_the_log_level_silences_what_is_below(installed: Path) -> None:
    """With ``--log-level warn`` calls are served and not told."""
    with Daemon("--log-level", "warn", path=installed) as daemon, begin_call(daemon) as socket:
        assert_echoes(socket)
        assert "[echo#" not in daemon.log
