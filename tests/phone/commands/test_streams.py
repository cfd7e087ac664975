"""Standard streams that are closed, full or not to be read: a sentence and an exit status, and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FULL = Path("/dev/full")

needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def phone(*words: str, closed: str = "", **streams: object) -> subprocess.CompletedProcess[bytes]:
    """Run the phone in a shell that closes what ``closed`` says, as in ``>&-``."""
    command = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "echo.phone", *words]
    kept = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(command, cwd=ROOT, timeout=60, check=False, **kept)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--version"], 0),
        (["call", "--help"], 0),
        (["faults"], 0),
        (["faults", "--json"], 0),
        (["call", "ws://127.0.0.1:1/", "--quiet"], 2),
    ],
    ids=str,
)
def test_without_standard_output(words: list[str], status: int) -> None:
    """What nobody wants to see is not shown, and the exit status is that of the command."""
    done = phone(*words, closed=">&-")
    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.parametrize(("words", "status"), [(["faults"], 0), (["call"], 64)], ids=str)
def test_without_standard_error(words: list[str], status: int) -> None:
    """What is wrong is told by the exit status alone."""
    assert phone(*words, closed="2>&-").returncode == status


def test_without_standard_input() -> None:
    """A document or audio that should come from there is one sentence."""
    for words, told in (
        (["check", "-"], b"echo-phone check: standard input cannot be read: there is none\n"),
        (["call", "ws://127.0.0.1:1/", "--audio", "-"], b"there is no standard input to read audio from\n"),
    ):
        done = phone(*words, closed="<&-")
        assert done.returncode == 2
        assert done.stderr.endswith(told)
        assert done.stderr.count(b"\n") == 1


def test_standard_input_that_cannot_be_read(tmp_path: Path) -> None:
    """One that is open to be written to is refused before anybody is called."""
    done = phone("call", "ws://127.0.0.1:1/", "--audio", "-", closed=f"0>{tmp_path}/written")
    assert done.returncode == 2
    assert done.stderr == b"echo-phone call: standard input cannot be read: it was opened to be written to\n"


@needs_full
@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["call", "--help"],
        ["faults"],
        ["faults", "--json"],
        ["check", "-"],
        ["check", "-", "--json"],
        ["call", "ws://127.0.0.1:1/", "--quiet"],
    ],
    ids=str,
)
def test_output_that_cannot_be_written(words: list[str]) -> None:
    """On a full disk there is one sentence, and 2: what the command has found out is lost."""
    with FULL.open("wb") as full:
        done = phone(*words, stdout=full, input=b"[]")
    assert done.returncode == 2
    assert done.stderr.endswith(b": the output could not be written: No space left on device\n")
    assert done.stderr.count(b"\n") == 1


@needs_full
def test_errors_that_cannot_be_written() -> None:
    """The exit status says what nobody can be told."""
    with FULL.open("wb") as full:
        assert phone("call", stderr=full).returncode == 64
        assert phone(stderr=full).returncode == 64
        assert phone("call", "ws://127.0.0.1:1/", stderr=full).returncode == 2
