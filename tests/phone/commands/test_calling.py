"""``call``, ``replay``, ``load``, ``run`` and ``torture``: what they order, and what is done with the outcome."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from echo.errors import PhoneError
from echo.phone.commands.main import main
from echo.phone.order import CallOrder, LoadOrder, Output, RunOrder, TortureOrder
from echo.phone.show.live import Snapshot, Watcher
from tests.phone.commands.conftest import StandIn
from tests.phone.show.reports import failed, report

WS = "ws://localhost:8000/socket"


class Given:
    """A report that is there already."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def to_json(self) -> dict[str, Any]:
        """Give it."""
        return self.document


def telling(document: dict[str, Any], orders: list[object] | None = None) -> Callable[..., Given]:
    """Make a ``run_call`` that tells a watcher of a step and a moment, and gives ``document``."""

    def run_call(order: CallOrder, *more: Any) -> Given:
        watcher: Watcher = more[-1]
        if orders is not None:
            orders.extend([order, *more[:-1]])
        watcher.step("connect: opens the socket")
        watcher.tick(Snapshot(1.0, 10.0, -20.0, -20.0, 0.02, 0, 50, 50))
        return Given(document)

    return run_call


def nothing(*_given: Any) -> None:
    """Find nothing wrong."""


def test_a_call_is_ordered_and_reported(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps go to standard error, the report to standard output; the exit status is that of the report."""
    orders: list[object] = []
    stand_in("echo.phone.conduct", call_can_be_made=nothing, run_call=telling(report(), orders))
    assert main(["call", WS, "--duration", "5"]) == 0
    assert orders == [CallOrder(WS, duration=5.0)]
    shown = capsys.readouterr()
    assert shown.err == f"Calling {WS} ...\nconnect: opens the socket\n"
    assert shown.out.endswith("\npassed: 1 check; 1 not tried\n")


def test_json_is_one_object_and_nothing_else(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json standard output is the report's object, on one line, in ASCII."""
    document = failed(texts=[{"at": 1.0, "text": "gr\u00fc\u00dfe", "answer": None}])
    stand_in("echo.phone.conduct", call_can_be_made=nothing, run_call=telling(document))
    assert main(["call", WS, "--json"]) == 1
    out = capsys.readouterr().out
    assert json.loads(out) == document
    assert out.count("\n") == 1
    assert out.isascii()


def test_quiet_shows_what_failed_and_no_step(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet nothing is told meanwhile, and of the report what failed."""
    stand_in("echo.phone.conduct", call_can_be_made=nothing, run_call=telling(failed()))
    assert main(["call", WS, "--quiet"]) == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    assert len(shown.out.splitlines()) == 3
    assert "frame-size" in shown.out


def test_verbose_shows_the_steps_again(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """With --verbose the report has the steps and webhooks, too."""
    stand_in(
        "echo.phone.conduct", call_can_be_made=nothing, run_call=telling(report(steps=["talk: says nothing"]))
    )
    assert main(["call", WS, "--verbose"]) == 0
    assert "Step        talk: says nothing" in capsys.readouterr().out


def refusing(*_order: Any) -> None:
    """Find that there is no such audio."""
    raise PhoneError("there is no file 'x.wav'")


def test_a_call_that_cannot_be_made(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong on this side is found before it is said who is called: one line and 2, and an object for --json."""
    stand_in("echo.phone.conduct", run_call=None, call_can_be_made=refusing)
    assert main(["call", WS]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "echo-phone call: there is no file 'x.wav'\n")
    assert main(["call", WS, "--quiet", "--json"]) == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"passed": False, "exit_status": 2, "problem": "there is no file 'x.wav'"}


def test_a_replay_that_cannot_be_made(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """So it is with a replay, whose trace must not be written over either."""
    looked_at: list[Any] = []

    def look(order: CallOrder, read: list[str]) -> None:
        looked_at.append((order.url, read))
        raise PhoneError("no")

    stand_in("echo.phone.replay", read_played=lambda path: f"trace of {path}")
    stand_in("echo.phone.conduct", run_replay=None, call_can_be_made=look)
    assert main(["replay", "call.jsonl", WS]) == 2
    assert capsys.readouterr().err == "echo-phone replay: no\n"
    assert looked_at == [(WS, ["call.jsonl"])]


def test_a_replay(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """The trace is read, and goes with the order to who makes the call."""
    orders: list[object] = []
    stand_in("echo.phone.replay", read_played=lambda path: f"trace of {path}")
    stand_in("echo.phone.conduct", call_can_be_made=nothing, run_replay=telling(report(), orders))
    assert main(["replay", "call.jsonl", WS, "--max-p99", "50"]) == 0
    assert orders == [CallOrder(WS, limits={"max_p99": 50.0}), "trace of call.jsonl"]
    assert capsys.readouterr().err.startswith(f"Playing 'call.jsonl' to {WS} ...\n")


def returning(status: int, orders: list[object]) -> Callable[[object], int]:
    """Make a ``run_...`` that takes note of its order."""

    def run(order: object) -> int:
        orders.append(order)
        return status

    return run


def test_a_load(stand_in: StandIn) -> None:
    """The options of load make its order; the exit status is that of who makes the calls."""
    orders: list[object] = []
    stand_in("echo.phone.load.run", run_load=returning(1, orders))
    words = (
        "--calls 200 --arrivals 90/min --poisson --seed 7 --max-failed 2 --duration 60s --max-lost 0 --json"
    )
    assert main(["load", WS, *words.split()]) == 1
    call = CallOrder(WS, duration=60.0, limits={"max_lost": 0})
    assert orders == [LoadOrder(call, 200, 1.5, True, 7, 2, Output(as_json=True))]


def test_the_least_load(stand_in: StandIn) -> None:
    """Without options it is ten calls within a second, evenly, and none may fail."""
    orders: list[object] = []
    stand_in("echo.phone.load.run", run_load=returning(0, orders))
    assert main(["load", WS]) == 0
    assert orders == [LoadOrder(CallOrder(WS), 10)]


def test_scenarios(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The options of run make its order."""
    monkeypatch.delenv("ECHO_PHONE_SIGNATURE_SECRET", raising=False)
    orders: list[object] = []
    stand_in("echo.phone.scenario.run", run_scenarios=returning(0, orders))
    assert main(["run", "a.toml", "b.toml"]) == 0
    words = "--url http://h/ --post --far-end wsbridge --signature-secret s --insecure --quiet"
    assert main(["run", "a.toml", *words.split()]) == 0
    assert orders == [
        RunOrder(("a.toml", "b.toml")),
        RunOrder(
            ("a.toml",),
            "http://h/",
            post=True,
            signature_secret="s",
            insecure=True,
            far_end="wsbridge",
            output=Output(quiet=True),
        ),
    ]


def test_torture(stand_in: StandIn) -> None:
    """The faults to try and to leave out are those of the table."""
    orders: list[object] = []
    stand_in("echo.phone.faults.torture", run_torture=returning(0, orders))
    words = "--only stop-reading --only bursts --without stall --verbose"
    assert main(["torture", WS, *words.split()]) == 0
    assert orders == [
        TortureOrder(CallOrder(WS), ("stop-reading", "bursts"), ("stall",), Output(verbose=True))
    ]


def test_a_scenario_that_is_none_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json there is one object on standard output and nothing else, also where nothing was called."""
    assert main(["run", str(tmp_path / "none.toml"), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["passed"], document["exit_status"]) == (False, 2)


@pytest.mark.parametrize("words", [[], ["--quiet"], ["--quiet", "--json"]], ids=str)
def test_a_file_that_is_not_whole_is_told(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """A recording that a full disk cut is a sentence on standard error, once, a failed check, and 2."""
    sentence = "heard.wav: not all of it could be written: No space left on device"

    def run_call(_order: CallOrder, watcher: Watcher) -> Given:
        watcher.unwritten.append(sentence)
        watcher.step(sentence)
        return Given(report())

    stand_in("echo.phone.conduct", call_can_be_made=nothing, run_call=run_call)
    assert main(["call", WS, *words]) == 2
    shown = capsys.readouterr()
    assert shown.err.count(sentence) == 1
    if "--json" in words:
        told = json.loads(shown.out)
        assert (told["passed"], told["exit_status"]) == (False, 2)
        assert told["checks"][-1] == {"name": "files", "passed": False, "sentence": sentence}
    else:
        assert sentence in shown.out
        assert "failed: files (1 of 2 checks" in shown.out


@pytest.mark.parametrize("words", [["call", WS], ["replay", "call.jsonl", WS]], ids=str)
def test_the_file_of_the_secret_is_read(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
) -> None:
    """What --signature-secret @FILE names, or its variable, is among what nothing may be written to."""
    (tmp_path / "secret").write_text("s")
    looked_at: list[Any] = []

    def look(_order: CallOrder, read: list[str]) -> None:
        looked_at.append(read[-1])

    stand_in("echo.phone.replay", read_played=lambda path: path)
    run = telling(report())
    stand_in("echo.phone.conduct", call_can_be_made=look, run_call=run, run_replay=run)
    assert main([*words, "--signature-secret", f"@{tmp_path}/secret"]) == 0
    monkeypatch.setenv("ECHO_PHONE_SIGNATURE_SECRET", f"@{tmp_path}/secret")
    assert main(words) == 0
    assert looked_at == [f"{tmp_path}/secret"] * 2
