"""
The installed ``echo-phone`` calls applications with one mistake each, correct ones in other frameworks, and ours.

Each mistake is told by the check that names it, before all others. Calls run several at a time, since most of a
call is waiting.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.daemon import Daemon
from tests.phone.applications import Applications, base, serve

#: Calls at a time. With more of them, those that begin make the others late on a machine with two cores.
AT_A_TIME = 4

#: Calls to one application, where the phone itself was late and says so: such a call tells little.
ATTEMPTS = 3

RATES = (8000, 16000, 24000)


#: Options of a call that expects each frame back.
ECHO = ("--expect", "echo")


class Case(NamedTuple):
    """
    An application, and what becomes of a call to it.

    Attributes:
        status: the exit status.
        failed: the names of the checks that fail, in the order of the report.
        told: part of the sentence of the first of these, or of the problem.
        options: of the call, in place of ``--expect echo``.
    """

    status: int
    failed: tuple[str, ...] = ()
    told: str = ""
    options: tuple[str, ...] = ECHO


def failing(check: str, told: str, *options: str) -> Case:
    """Make a case that one check fails."""
    return Case(1, (check,), told, options or ECHO)


def impossible(told: str, *checks: str) -> Case:
    """Make a case in which there is no call."""
    return Case(2, checks or ("upgrade",), told)


PASSED = Case(0)

#: By the path of the socket.
SOCKETS = {
    "correct": PASSED,
    "commands": PASSED,
    "waves": PASSED,
    "hangs-up": PASSED,
    "half-frames": failing(
        "frame-size",
        "Message 0 has 320 bytes where a frame at 16000 Hz has 640: the provider ends the call over it; "
        "cut audio into messages of exactly 640 bytes. 320 bytes are a frame at 8000 Hz",
    ),
    "long-frames": failing("frame-size", "Message 0 has 1280 bytes where a frame at 16000 Hz has 640"),
    "fragments": failing("fragments", "Message 0 came in 3 WebSocket fragments: the provider ends the call"),
    "odd": failing("samples", "Message 0 has 639 bytes, so it ends in half a sample"),
    "torn": failing("samples", "an odd number of bytes late, so every sample is torn in two"),
    "swapped": failing("byte-order", "the two bytes of every sample swapped: the caller hears loud noise"),
    "wav-header": failing("content", "Message 0 is the header of a WAV file, sent as audio"),
    "leaked-json": failing("content", "Message 0 is JSON text, sent as audio: the caller hears nothing more"),
    "echoed-text": failing("commands", "is the provider's own message, sent back: the provider ignores it"),
    "text-for-audio": failing("commands", "audio goes in binary messages"),
    "drops": failing("echo", "98 of 100 frames said came back: 2 lost;"),
    "repeats": failing("echo", "100 of 100 frames said came back: 2 heard again;"),
    "misorders": failing(
        "echo",
        "100 of 100 frames said came back: 1 out of order; send each message back once, in order, as it came.",
    ),
    "alters": failing(
        "echo",
        "98 of 100 frames said came back: 2 altered; send each message back once, in order, as it came.",
    ),
    "silent": failing("speech", "0 ms of sound above -45 dBFS where 200 ms", "--expect", "speech"),
    "never-sends": failing("echo", "Nothing came back: the application sent no audio in "),
    "growing-delay": failing(
        "delay", "during the call, and the caller waits longer and longer", *ECHO, "--tail", "1"
    ),
    "choppy": failing("pace", "The caller hears the sound stutter: it broke off ", "--expect", "speech"),
    "bursts": failing("overflow", "came when 3072 waited already and were dropped: the caller misses"),
    "long-speech": Case(0, options=("--expect", "speech")),
    "closes-at-once": failing("stays", "with code 1000: the caller hears nothing and is cut off"),
    "crashes": failing("stays", "after 1.0 s, with code 1011, while the caller was still talking"),
    "vanishes": failing("stays", "without a Close frame, while the caller was still talking"),
    "resets": failing("stays", "The connection broke after 1.0 s, without a Close frame"),
    "masked": failing("protocol", "a frame is masked, which only those of a client are"),
    "garbage": failing("protocol", "a frame has reserved bits set (RSV 5), and no extension was agreed on"),
    "broken-text": failing("protocol", "a text message is not UTF-8; send audio as binary messages"),
    "huge": failing("protocol", "a message of 8000000000 bytes was announced where 1048576 are taken"),
    "no-upgrade": impossible("it did not answer the upgrade within 6 s"),
    "upgrade-500": impossible("it answered the upgrade with 500 Internal Server Error where 101 is required"),
    "upgrade-404": impossible("it answered the upgrade with 404 Not Found where 101 is required"),
    "upgrade-elsewhere": impossible("with 302 Found to ws://127.0.0.1:1/socket where 101 is required"),
    "upgrade-without-proof": impossible("its answer to the upgrade is wrong: "),
}

#: By the name behind ``/answer/``.
ANSWERS = {
    "correct": PASSED,
    "answer-500": impossible("it answered 500 (the application failed; see its log)", "answer"),
    "answer-404": impossible("it answered 404 (nothing is at this path)", "answer"),
    "busy": impossible("it answered 503", "answer"),
    "elsewhere": impossible("the provider does not follow, so give that address", "answer"),
    "page": impossible("its Content-Type is text/html where application/json is required", "answer"),
    "cut-json": impossible("$: the text is not JSON from line 1, column 34 on", "answer"),
    "no-connect": impossible("brought no connect to a websocket, so there is no call to listen to", "ncco"),
    "misspelt": impossible('$[0].action: "conect" is no action', "answer"),
    "wrong-rate": impossible("audio/l16;rate=44100", "ncco"),
    "http-uri": impossible("a URL that begins with wss:// (or ws://) is required", "ncco"),
    "never": impossible("it did not answer within 5 s (2 tries)", "answer"),
}

#: Correct ones, each called at its socket with every rate, and at its answer URL.
LIBRARIES = ("websockets", "aiohttp", "fastapi")

#: Those that other tests call.
ELSEWHERE = {"late"}

#: The daemon, as one that may be installed or not.
OURS = "echo"

#: How the paths of answer URLs begin; all others are those of sockets.
ANSWER_PATHS = ("/answer", "/ncco")

#: Every call: who serves it, the path of its URL, its case.
CALLS = {
    **{f"/{name}": ("websockets", f"/{name}", case) for name, case in SOCKETS.items()},
    **{f"/answer/{name}": ("websockets", f"/answer/{name}", case) for name, case in ANSWERS.items()},
    **{
        f"{library} at {rate} Hz": (library, path, Case(0, options=(*ECHO, "--rate", str(rate))))
        for library, path in (("websockets", "/correct"), ("aiohttp", "/socket"), ("fastapi", "/socket"))
        for rate in RATES
    },
    **{
        f"{OURS} at {rate} Hz": (OURS, "/ncco", Case(0, options=(*ECHO, "--rate", str(rate))))
        for rate in RATES
    },
    **{f"{library} by its answer URL": (library, "/answer", PASSED) for library in LIBRARIES[1:]},
}


class Outcome(NamedTuple):
    """What the phone left: its exit status and both of its outputs."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        report: dict[str, Any] = json.loads(self.out)
        return report

    @property
    def was_late(self) -> bool:
        """Whether the phone's own frames left too late for its figures to be good."""
        clock = next(check for check in self.report["checks"] if check["name"] == "clock")
        return clock["passed"] is None and self.report["late"]["max"] is not None


def call(installed: Path, url: str, case: Case) -> Outcome:
    """Call an application, and again where another outcome may be the machine's fault."""
    for _ in range(ATTEMPTS):
        outcome = call_once(installed, url, *case.options)
        if outcome.status == case.status or not outcome.was_late:
            break
    return outcome


def call_once(installed: Path, url: str, *options: str) -> Outcome:
    """Let the phone call a URL."""
    done = subprocess.run(
        [
            sys.executable,
            installed / "bin/echo-phone",
            "call",
            url,
            "--json",
            "--duration",
            "2",
            "--tail",
            "0.5",
            *options,
        ],
        env={"PYTHONPATH": str(installed), "PATH": os.environ["PATH"]},
        cwd=installed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def is_here(library: str) -> bool:
    """Tell whether a library is installed, with what serves it."""
    needed = {"fastapi": ("fastapi", "uvicorn")}.get(library, (library,))
    return all(importlib.util.find_spec(name) for name in needed)


def selected(request: pytest.FixtureRequest) -> list[str]:
    """List the calls that the tests of this run ask for, each once."""
    ours = [item for item in request.session.items if item.path == request.path]
    return list(dict.fromkeys(item.callspec.params["name"] for item in ours if hasattr(item, "callspec")))


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, installed: Path) -> Iterator[dict[str, Future[Outcome]]]:
    """All calls, under way."""
    with ExitStack() as stack:
        served: dict[str, Applications | Daemon] = {
            name: stack.enter_context(Applications(name)) for name in LIBRARIES if is_here(name)
        }
        served[OURS] = stack.enter_context(Daemon(path=installed))
        pool = stack.enter_context(ThreadPoolExecutor(AT_A_TIME))
        stack.callback(pool.shutdown, cancel_futures=True)
        under_way = {}
        for name in selected(request):
            library, path, case = CALLS[name]
            if library in served:
                scheme = "http" if path.startswith(ANSWER_PATHS) else "ws"
                url = f"{scheme}://127.0.0.1:{served[library].port}{path}"
                under_way[name] = pool.submit(call, installed, url, case)
        yield under_way


@pytest.mark.parametrize("name", CALLS)
def test_a_call(outcomes: dict[str, Future[Outcome]], name: str) -> None:
    """The exit status, the checks that fail and their sentence are those of the application's one mistake."""
    library, _, case = CALLS[name]
    if name not in outcomes:
        pytest.skip(f"{library} is not installed")
    outcome = outcomes[name].result()
    if outcome.status != case.status and outcome.was_late:
        pytest.skip(f"this machine is too busy: the phone was late in each of {ATTEMPTS} calls")
    assert outcome.status == case.status, outcome
    report = outcome.report
    assert report["exit_status"] == case.status
    failed = [check for check in report["checks"] if check["passed"] is False]
    assert tuple(check["name"] for check in failed) == case.failed, outcome.out
    if failed:
        assert case.told in failed[0]["sentence"]
    assert (report["problem"] is not None) == (case.status == 2)


@pytest.mark.parametrize("name", ["/commands"])
def test_commands_are_answered(outcomes: dict[str, Future[Outcome]], name: str) -> None:
    """``clear`` is answered, and so is each ``notify`` that playback came to."""
    texts = outcomes[name].result().report["texts"]
    assert [json.loads(text["text"])["action"] for text in texts] == ["clear", *["notify"] * 4]
    assert [text["answer"] for text in texts] == ["websocket:cleared", *["websocket:notify"] * 4]


def test_every_application_is_called() -> None:
    """No application lies unused beside the tests."""
    assert serve.MODULES
    assert {*base.APPLICATIONS, *base.REFUSALS} == {*SOCKETS, *ELSEWHERE}
    assert set(base.ANSWERS) == {*ANSWERS} - {*SOCKETS}
