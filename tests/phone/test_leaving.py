"""Tests of echo.phone.leaving: what is put right when the process ends at once, on real processes."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

from echo.phone.leaving import INTERRUPTED, at_last, put_right
from tests.conftest import ROOT

#: Hides the cursor of standard error, as the live line does, and then ends in the way that the test says.
PROGRAM = """
import signal, sys
from echo.phone.leaving import leave
from echo.phone.show.live import Snapshot, watcher
signal.signal(signal.SIGINT, leave)
shown = watcher(sys.stderr, {})
shown.tick(Snapshot(0.0, None, -96.0, -96.0, None, 0, 0, 0))
{end}
"""


def shown_on_a_terminal(end: str) -> tuple[str, int]:
    """What a terminal got, and the exit status."""
    ours, theirs = pty.openpty()
    program = PROGRAM.replace("{end}", end)
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # what Linux says when nobody has the other side any more
            pass
        os.close(ours)
        return shown.decode(), process.wait(20)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("signal.raise_signal(signal.SIGINT)", INTERRUPTED),
        ("raise SystemExit(3)", 3),
        ("sys.stdout.close(); 1 / 0", 1),
        ("shown.done()", 0),
    ],
)
def test_the_cursor_comes_back(end: str, status: int) -> None:
    """However the program ends, the terminal has its cursor again, once, after it was hidden."""
    shown, ended = shown_on_a_terminal(end)

    assert ended == status
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1
    assert shown.index("\x1b[?25l") < shown.index("\x1b[?25h")


def test_what_was_taken_back_is_not_done() -> None:
    """It is done until it is taken back; one that cannot be done keeps no other from it."""
    done: list[str] = []

    def impossible() -> None:
        raise OSError

    forgets = [
        at_last(impossible),
        at_last(lambda: done.append("second")),
        at_last(lambda: done.append("third")),
    ]
    forgets[2]()
    put_right()
    for forget in forgets:
        forget()
    put_right()

    assert done == ["second"]


@pytest.mark.parametrize("words", [["check", "-"], ["call", "ws://127.0.0.1:9/"]], ids=str)
def test_ctrl_c_while_modules_are_loaded(words: list[str]) -> None:
    """Before there is anything to hang up Ctrl-C is the end: neither a traceback nor a word, and 130."""
    program = f"""
import signal, sys
from echo.phone import __main__ as script

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "echo.phone.commands.main":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
sys.argv = ["echo-phone", *{words!r}]
sys.exit(script.main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=20,
        stdin=subprocess.DEVNULL,
    )

    assert (done.returncode, done.stdout, done.stderr) == (INTERRUPTED, b"", b"")
    assert INTERRUPTED == 128 + signal.SIGINT


@pytest.mark.parametrize(("before", "status"), [("SIG_DFL", INTERRUPTED), ("SIG_IGN", 0)])
def test_a_terminal_that_goes_is_ctrl_c(before: str, status: int) -> None:
    """SIGHUP does what Ctrl-C does, once, for shells repeat it; under nohup it does nothing."""
    program = f"""
import signal, sys
signal.signal(signal.SIGHUP, signal.{before})
from echo.phone import __main__ as script
from echo.phone.commands import main as commands

def command():
    seen = []
    if {before == "SIG_DFL"}:
        signal.signal(signal.SIGINT, lambda *_: seen.append(1))
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        assert seen == [1]
        signal.signal(signal.SIGHUP, script.interrupt)
        signal.signal(signal.SIGINT, script.leave)
    signal.raise_signal(signal.SIGHUP)
    return 0

commands.main = command
sys.exit(script.main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False, timeout=20
    )
    assert (done.returncode, done.stdout, done.stderr) == (status, b"", b"")
