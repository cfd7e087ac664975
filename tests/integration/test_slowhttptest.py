"""Slow attacks by slowhttptest, which others wrote; a package of Debian's and others by that name."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.daemon import Daemon
from tests.integration.conftest import wait_until

PROGRAM = shutil.which("slowhttptest")

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="slowhttptest is not installed (apt-get install slowhttptest)"
)

#: What the tool colours its report with.
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

#: Seconds: of the daemon's deadlines, and of each attack.
REQUEST, LINGER, ATTACK = 2, 1, 5

CONNECTIONS = 200


def attack(daemon: Daemon, path: str, *mode: str) -> str:
    """Run the tool with a byte a second on each connection; its report."""
    assert PROGRAM is not None
    many = ["-c", str(CONNECTIONS), "-r", str(CONNECTIONS), "-i", "1", "-l", str(ATTACK), "-p", "2"]
    done = subprocess.run(
        [PROGRAM, *many, "-u", f"http://127.0.0.1:{daemon.port}{path}", *mode],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return _COLOURS.sub("", done.stdout)


@pytest.mark.parametrize(
    ("path", "mode", "is_cut"),
    [
        ("/ncco", ("-H",), True),
        ("/events", ("-B",), True),
        ("/ncco", ("-R",), True),
        # its kernel takes what little there is to read, so it is the one that still believes in a connection
        ("/ncco", ("-X", "-w", "10", "-y", "20", "-n", "1", "-z", "5", "-k", "3"), False),
    ],
    ids=["slow headers", "slow body", "ranges", "slow read"],
)
def test_slow_peers_are_let_go_and_hold_up_nobody(path: str, mode: tuple[str, ...], is_cut: bool) -> None:
    """The service is there all the time, and of two hundred slow connections none is left."""
    with Daemon("--request-timeout", str(REQUEST), "--linger-timeout", str(LINGER)) as daemon:
        before = daemon.descriptors()
        report = attack(daemon, path, *mode)
        assert "service available:   NO" not in report
        assert not is_cut or "No open connections left" in report
        wait_until(lambda: daemon.descriptors() <= before)
        assert "Traceback" not in daemon.log
