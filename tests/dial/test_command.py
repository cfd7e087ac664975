"""``echo-dial`` as a process, against the phone's API: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from echo.dial.command import main
from echo.dial.options import VARIABLES
from echo.phone.provider.rest.faults import Fault
from tests.conftest import ROOT
from tests.phone.provider.rest.legs import CONVERSATION, UUID
from tests.vonage.api import SimulatedApi, url_of
from tests.vonage.keys import APPLICATION, private_pem
from tests.vonage.test_client import the_reactor

TO = ("--to", "447700900123", "--from", "442079460000", "--talk", "Hello")


class Process(ProcessProtocol):
    """
    A process.

    Attributes:
        out: what it has written to standard output.
        err: and to standard error.
        over: fires with its exit status.
        on_line: is called when there is more on standard error.
    """

    def __init__(self) -> None:
        self.out, self.err = b"", b""
        self.over: Deferred[int] = Deferred()
        self.on_line: Any = lambda: None

    def outReceived(self, data: bytes) -> None:
        """Keep it."""
        self.out += data

    def errReceived(self, data: bytes) -> None:
        """Keep it."""
        self.err += data
        self.on_line()

    def processEnded(self, reason: Failure) -> None:
        """Tell the status."""
        ended: Any = reason.value
        status = 0 if reason.check(ProcessDone) else ended.exitCode
        self.over.callback(status)


class Tests(TestCase):
    """One run of the program each."""

    timeout = 60

    def run_it(self, *words: str, faults: tuple[Fault, ...] = (), **environment: str) -> Process:
        """Run it with an application, against the API."""
        folder = Path(self.mktemp()).resolve()
        folder.mkdir()
        (folder / "private.key").write_bytes(private_pem())
        self.api = SimulatedApi(time.time, *faults)
        port = self.api.listen(the_reactor())
        self.addCleanup(port.stopListening)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        settings = {
            "PYTHONPATH": str(ROOT),
            "ECHO_APPLICATION_ID": APPLICATION,
            "ECHO_PRIVATE_KEY": str(folder / "private.key"),
            "ECHO_API_URL": url_of(port),
        }
        process = Process()
        # Without a folder of its own: Twisted forks for that, which Python 3.12 warns of where there are threads.
        self.process = the_reactor().spawnProcess(
            process,
            sys.executable,
            [sys.executable, "-m", "echo.dial", *words],
            {**kept, **settings, **environment},
        )
        return process

    def ends(self, process: Process, status: int, out: str, *err: str) -> Deferred[None]:
        """It ends so, with this on standard output and these on standard error."""

        def look(came: int) -> None:
            told = process.err.decode()
            self.assertEqual((came, process.out.decode()), (status, out), told)
            for each in err:
                self.assertIn(each, told)
            self.assertNotIn("Traceback", told)

        return process.over.addCallback(look)

    def test_a_call(self) -> Deferred[None]:
        """The uuid is all that is on standard output, for a script to take."""
        process = self.run_it(*TO)

        def look(_: None) -> None:
            self.assertEqual(self.api.placed[0]["ncco"], [{"action": "talk", "text": "Hello"}])
            self.assertEqual(self.api.steps, ["REST POST /v1/calls: 201"])

        told = f"answered, in the conversation {CONVERSATION}"
        return self.ends(process, 0, f"{UUID}\n", told).addCallback(look)

    def test_a_call_as_json(self) -> Deferred[None]:
        """One object, and nothing else."""
        process = self.run_it(*TO, "--json")
        document = {"placed": True, "uuid": UUID, "conversation_uuid": CONVERSATION, "status": "answered"}
        return self.ends(process, 0, json.dumps(document) + "\n")

    def test_waiting_for_the_end(self) -> Deferred[None]:
        """Each status is told, with what it cost, and the exit status is that of a call that was answered."""
        process = self.run_it(*TO, "--wait")

        def answered() -> None:
            if b"\nanswered\n" in process.err:
                self.api.line.status = "completed"
                self.api.line.more = {"duration": "5", "price": "0.01"}

        process.on_line = answered
        return self.ends(process, 0, f"{UUID}\n", "\nanswered\ncompleted, 5 s, 0.01 EUR\n")

    def test_waiting_for_nobody(self) -> Deferred[None]:
        """A call that nobody answers ends with 1."""
        process = self.run_it(*TO, "--wait", "--json")
        self.api.line.status = "busy"

        def look(status: int) -> None:
            self.assertEqual((status, json.loads(process.out)["status"]), (1, "busy"))

        return process.over.addCallback(look)

    def test_ctrl_c_hangs_up(self) -> Deferred[None]:
        """The call is ended through the API, and waited for."""
        process = self.run_it(*TO, "--wait")

        def heard() -> None:
            if b"\nanswered\n" in process.err:
                process.on_line = lambda: None
                os.kill(self.process.pid, signal.SIGINT)

        process.on_line = heard
        hang_up = self.api.leg.hang_up

        def hung_up() -> None:
            hang_up()
            self.api.line.status = "completed"

        self.api.leg.hang_up = hung_up  # type: ignore[method-assign]  # what the platform does
        return self.ends(process, 0, f"{UUID}\n", "\nhanging up\ncompleted\n")

    def test_a_call_that_cannot_be_placed(self) -> Deferred[None]:
        """One sentence, and 2."""
        process = self.run_it(*TO, faults=(Fault("401", 9),))
        return self.ends(process, 2, "", "echo-dial: could not place the call: it answered 401")

    def test_a_call_that_cannot_be_placed_as_json(self) -> Deferred[None]:
        """Who asks for an object gets one."""
        process = self.run_it(*TO, "--json", "--api-url", "http://127.0.0.1:9")

        def look(status: int) -> None:
            told = json.loads(process.out)
            self.assertEqual((status, told["placed"], told["exit_status"]), (2, False, 2))
            self.assertIn("nobody listens there (connection refused) (4 tries)", told["problem"])

        return process.over.addCallback(look)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 64, "usage: echo-dial --to NUMBER"),
        (("--form", "1"), 64, "echo-dial: there is no option '--form'; did you mean '--from'?"),
        (("447700900123",), 64, "is one word too many"),
        (("--to", "447700900123", "--talk", "a"), 64, "echo-dial: whose call is it? --application-id"),
        (
            ("--to", "447700900123", "--talk", "a", "--application-id", "a", "--private-key", "/nowhere"),
            2,
            "cannot be read",
        ),
    ],
)
def test_what_is_refused(
    words: tuple[str, ...], status: int, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    """One sentence on standard error; wrong usage is 64, as for the phone, and what cannot be used is 2."""
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    assert main(words) == status
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(("word", "told"), [("--help", "exit status:"), ("--version", "echo-dial 0.1.0")])
def test_what_is_asked_for(word: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help and the version are answers, on standard output."""
    assert main([word]) == 0
    assert told in capsys.readouterr().out
