"""Tests of echo.phone.in_tests: the phone for test suites, and what its reports say."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from echo.phone import in_tests
from echo.phone.in_tests import MARGIN, CallReport, Phone
from tests.conftest import ROOT

#: The plugin by its module: its entry point would load it a second time, where the package is installed.
PLUGINS = ("-p", "no:echo-phone", "-p", "echo.phone.pytest_plugin", "-p", "no:cacheprovider")

#: An application of ten lines in another framework, and the tests of it that its authors write.
SUITE = """
import asyncio
import threading

import pytest
from aiohttp import web


async def answer(request):
    uri = str(request.url.with_path("/socket").with_query({}).with_scheme("ws"))
    endpoint = {"type": "websocket", "uri": uri, "content-type": "audio/l16;rate=8000"}
    return web.json_response([{"action": "connect", "endpoint": [endpoint]}])


async def socket(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for message in ws:
        if message.type == web.WSMsgType.BINARY:
            await ws.send_bytes(message.data[:request.app["keeps"]])
    return ws


async def serve(keeps):
    app = web.Application()
    app["keeps"] = keeps
    app.add_routes([web.get("/answer", answer), web.get("/socket", socket)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, "http://127.0.0.1:%d/answer" % runner.addresses[0][1]


def test_await(phone):
    async def test():
        runner, url = await serve(None)
        report = await phone.call(url, duration=0.3, tail=0.2, expect="echo", max_lost=0)
        await runner.cleanup()
        assert report.passed
        assert report["round_trip"]["p50"] < 1000
        assert report["rate"] == 8000
    asyncio.run(test())


def test_sync(phone):
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner, url = asyncio.run_coroutine_threadsafe(serve(100), loop).result()
    report = phone(url, duration=0.3, tail=0.2)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    assert report.passed
"""


def phone_is(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let a small program stand for the phone."""
    monkeypatch.setattr(in_tests, "_PHONE", (sys.executable, "-c", program))


def test_options_become_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and values are those of the command: flags, repeated ones, and those that Python has a word for."""
    phone_is(monkeypatch, "import json, sys; print(json.dumps({'passed': True, 'argv': sys.argv[1:]}))")
    report = Phone()(
        "ws://x.example/",
        from_="4477",
        silence=True,
        post=False,
        rate=None,
        tail=0,
        max_p99="50ms",
        dtmf=["1:12#", "2:3"],
    )

    assert report["argv"] == [
        *("call", "ws://x.example/", "--from=4477", "--silence", "--tail=0", "--max-p99=50ms"),
        *("--dtmf=1:12#", "--dtmf=2:3", "--json"),
    ]
    assert asyncio.run(Phone().call("u"))["argv"] == ["call", "u", "--json"]
    assert Phone().scenario(Path("a.toml"), url="u")["argv"] == ["run", "a.toml", "--url=u", "--json"]


def test_wrong_options_are_an_error_of_the_test() -> None:
    """An option that the phone does not have raises, with the phone's own words."""
    with pytest.raises(ValueError, match=r"--durration.*did you mean"):
        Phone()("ws://127.0.0.1:9/", durration=1)


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({}, 12),
        ({"duration": 2.5, "tail": 0}, 2.5),
        ({"duration": "1m30s", "tail": "500ms"}, 90.5),
        ({"audio": "hello.wav"}, 3602),
        ({"audio": "hello.wav", "duration": 3}, 5),
        ({"duration": "soon"}, 0),
    ],
)
def test_a_call_has_the_time_that_it_may_take(options: dict[str, object], seconds: float) -> None:
    """What the caller says, the tail and a margin; a time that is none is left to the phone, which refuses it."""
    assert in_tests._longest_call(options) == seconds + MARGIN


def test_a_scenario_has_the_time_of_its_steps(tmp_path: Path) -> None:
    """All that its steps may take, and a margin; a file that is none is left to the phone."""
    path = tmp_path / "a.toml"
    path.write_text('steps = [{ wait = 2 }, { expect = "speech", within = "3s" }, { say = 1 }]')
    assert in_tests._longest_scenario(str(path)) == 6 + MARGIN
    path.write_text('steps = [{ play = "x.wav" }]')
    assert in_tests._longest_scenario(str(path)) == 3600 + MARGIN
    assert in_tests._longest_scenario(str(tmp_path / "nowhere")) == MARGIN


def test_a_phone_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test is not kept for ever: one sentence says how long it took and what to give."""
    phone_is(monkeypatch, "import time; time.sleep(60)")
    for make in (Phone(), Phone().scenario):
        with pytest.raises(
            TimeoutError, match=r"not done after 0\.2 s; if that is too short, give a timeout="
        ):
            make("ws://x.example/", timeout=0.2)


def test_no_call_is_a_report() -> None:
    """Where nobody listens the report has failed, and says why."""
    report = Phone()("ws://127.0.0.1:9/")

    assert not report.passed
    assert report["exit_status"] == 2
    assert len(report.failures) == 1
    assert "connection refused" in report.failures[0]


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("import sys; sys.exit('it broke')", "it broke"),
        ("import os; os._exit(7)", "the phone ended with status 7"),
    ],
)
def test_a_phone_that_breaks_is_a_report(monkeypatch: pytest.MonkeyPatch, program: str, problem: str) -> None:
    """A phone that gives no report has failed, with what it said or its status."""
    phone_is(monkeypatch, program)
    report = Phone()("ws://x.example/")

    assert (report.passed, report.failures) == (False, [problem])


def check(name: str, sentence: str, *, passed: bool | None) -> dict[str, Any]:
    """A check as reports have it."""
    return {"name": name, "passed": passed, "sentence": sentence}


def test_a_report_tells_what_failed() -> None:
    """The text of a report is the sentences of what failed; for the rest it is a mapping."""
    checks = [
        check("upgrade", "Fine.", passed=True),
        check("stays", "It left.", passed=False),
        check("x", "", passed=None),
    ]
    good, bad = CallReport({"passed": True, "checks": []}), CallReport({"passed": False, "checks": checks})

    assert (repr(good), good.failures) == ("<call passed>", [])
    assert repr(bad) == "<call failed>\nstays: It left."
    assert (list(bad), len(bad), bad["checks"]) == (["passed", "checks"], 2, checks)


def test_a_report_of_scenarios_tells_what_failed() -> None:
    """The failures of scenarios are those of their steps and of their calls, with their names."""
    call = {"problem": None, "checks": [check("stays", "It left.", passed=False)]}
    steps = [
        {"step": f"wait {n} s", "passed": passed, "sentence": "s"}
        for n, passed in enumerate([True, False, None])
    ]
    scenarios = [
        {"name": "a", "steps": steps, "call": call},
        {"name": "b", "steps": [], "call": {"problem": "nobody there", "checks": []}},
    ]

    assert CallReport({"passed": False, "scenarios": scenarios}).failures == [
        "a: wait 1 s: s",
        "a: stays: It left.",
        "b: nobody there",
    ]


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with the source tree on its path."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_a_suite_of_somebody_else(tmp_path: Path) -> None:
    """A suite tests its application by the fixture, with and without await, and is told what failed and why."""
    pytest.importorskip("aiohttp")
    (tmp_path / "test_it.py").write_text(SUITE)
    done = run("-m", "pytest", "-q", *PLUGINS, folder=tmp_path)

    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "frame-size: Message 0 has 100 bytes" in done.stdout


def test_loading_the_plugin_costs_nothing(tmp_path: Path) -> None:
    """The plugin imports nothing beyond pytest but itself and the two packages that it is in."""
    program = (
        "import json, sys, pytest; before = set(sys.modules); import echo.phone.pytest_plugin;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = run("-c", program, folder=tmp_path)

    assert json.loads(done.stdout) == ["echo", "echo.phone", "echo.phone.pytest_plugin"], done.stderr


def test_the_module_is_the_command(tmp_path: Path) -> None:
    """``python -m echo.phone`` is ``echo-phone``."""
    done = run("-m", "echo.phone", "--version", folder=tmp_path)

    assert (done.returncode, done.stdout[:11]) == (0, "echo-phone ")


def test_the_fixture() -> None:
    """The fixture gives a phone."""
    from echo.phone.pytest_plugin import phone  # noqa: PLC0415  it is loaded by pytest otherwise

    assert isinstance(phone._get_wrapped_function()(), Phone)


def test_a_failed_call_fails_the_test_line_by_line() -> None:
    """The sentences of what failed are lines of the assertion's own text."""
    report = CallReport({"passed": False, "checks": [{"name": "echo", "passed": False, "sentence": "None."}]})

    with pytest.raises(AssertionError, match=r"^the call failed\necho: None\.$"):
        report.assert_passed()
    CallReport({"passed": True}).assert_passed()


def test_what_is_no_call_is_refused() -> None:
    """What begins like an option would be one, and help is no call: errors of the test, and no report."""
    for wrong in (
        lambda: Phone()("--help"),
        lambda: Phone()("ws://h/", help=True),
        lambda: Phone()("ws://h/", duration="--"),
        lambda: Phone()(5),  # type: ignore[arg-type]  # that is what is wrong
        lambda: Phone().scenario("--help"),
    ):
        with pytest.raises(ValueError, match=r"is no|is not the path"):
            wrong()


def test_a_figure_that_is_not_there_tells_why() -> None:
    """Where nothing could be done there are no figures; whoever asks for one is told the problem."""
    report = CallReport({"passed": False, "problem": "a.wav: no such file"})

    with pytest.raises(KeyError, match=r"there is no 'frames' in this report: a\.wav: no such file"):
        report["frames"]
    assert report.get("frames") is None
    with pytest.raises(KeyError, match="'frames'"):
        CallReport({"passed": True})["frames"]
