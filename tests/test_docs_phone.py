"""What the documents of the phone say is so: their examples run, their tables are the code's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import echo.phone.verdict.checks
import echo.phone.verdict.report
from echo.audio.format import AudioFormat
from echo.phone import order
from echo.phone.line import connect, patience, socket, texts, transport, upgrade
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.load.judging import judge
from echo.phone.provider import exchange, walk, webhooks
from echo.phone.provider.terms import Terms
from echo.phone.scenario.document import EXPECTED, read_scenario
from echo.phone.verdict.facts import Facts
from echo.phone.verdict.report import Report
from tests.conftest import ROOT
from tests.daemon import Daemon, free_port
from tests.phone.load.loads import TERMS, ended_load
from tests.test_docs import blocks, named_lines, text_of, without_figures

PHONE, CHECKS, TESTS = "docs/phone.rst", "docs/phone-checks.rst", "docs/phone-tests.rst"
PROVIDER = "docs/phone-provider.rst"

#: Where make installs what ``tests/node/package.json`` asks for.
PACKAGES = ROOT / ".venv/node/node_modules"


def phone(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``echo-phone`` from the source tree."""
    return subprocess.run(
        [sys.executable, "-m", "echo.phone", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("test", "needs"),
    [("test_app.py", ("aiohttp",)), ("test_app_fastapi.py", ("fastapi", "uvicorn", "websockets"))],
)
def test_an_example_application_passes_its_example_test(
    tmp_path: Path, test: str, needs: tuple[str, ...]
) -> None:
    """An application and its test, saved as the documents say, pass in a pytest of their own."""
    for library in needs:
        pytest.importorskip(library, reason=f"{library} is not installed")
    for name, text in (blocks(PHONE, "python") | blocks(TESTS, "python")).items():
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:twisted", test],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_example_application_in_node_echoes(tmp_path: Path) -> None:
    """The application in Node, saved as the document says, passes a call that expects an echo."""
    places = os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("NODE_PATH")]))
    environment = os.environ | {"NODE_PATH": places, "PORT": str(free_port())}
    found = shutil.which("node") and subprocess.run(
        ["node", "-e", 'require.resolve("ws")'], env=environment, capture_output=True, check=False
    )
    if not found or found.returncode:
        pytest.skip(f"Node and its package ws are not here, nor in {places}")
    (tmp_path / "app.js").write_text(blocks(PHONE, "javascript")["app.js"] + 'console.log("ready");\n')
    command = ["node", "app.js"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as app:
        try:
            assert app.stdout is not None
            assert app.stdout.readline() == "ready\n"
            url = f"http://127.0.0.1:{environment['PORT']}/answer"
            done = phone("call", url, "--duration", "0.5", "--tail", "0.5", "--expect", "echo")
        finally:
            app.kill()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "verbs"),
    [
        ("echoes.toml", ["say", "expect"]),
        ("greeting.toml", ["expect", "play", "expect", "dtmf", "expect", "wait", "hangup"]),
    ],
)
def test_an_example_scenario_is_one(tmp_path: Path, name: str, verbs: list[str]) -> None:
    """The scenarios of the document are read without complaint."""
    file = tmp_path / name
    file.write_text(blocks(TESTS, "text")[name])

    assert [step.verb for step in read_scenario(file).steps] == verbs


def test_the_scenario_of_an_echo_passes(tmp_path: Path) -> None:
    """It does so with an application that returns what it hears: the daemon."""
    (tmp_path / "echoes.toml").write_text(blocks(TESTS, "text")["echoes.toml"])
    with Daemon() as daemon:
        done = phone("run", "echoes.toml", "--url", f"http://127.0.0.1:{daemon.port}/ncco", folder=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 of 1 scenarios passed"), done.stdout


def test_the_report_that_is_shown_is_one() -> None:
    """A call prints the lines that the tutorial shows, but for figures and for what depends on the application."""
    shown = [told.strip() for told in named_lines(PHONE, "report")]
    with Daemon() as daemon:
        done = phone("call", f"http://127.0.0.1:{daemon.port}/ncco", "--duration", "3")
    printed = {_shape(told) for told in done.stdout.splitlines()}
    ours = ("http://", "✓ ncco", "for wss", "\N{EN DASH} events")
    assert [told for told in shown if not told.startswith(ours) and _shape(told) not in printed] == []


def _shape(line: str) -> str:
    """A line of a report without figures, units, plurals and bars."""
    return re.sub(r"[█▏▎▍▌▋▊▉]+|\bm?s\b|(?<=frame)s|(?<=gap)s|(?<=underrun)s|\s+", "", without_figures(line))


def test_every_expectation_is_told() -> None:
    """The words that expect takes are those of the code."""
    row = text_of(TESTS).partition("``expect``  ")[2].partition(", ``within``")[0]
    assert set(re.findall(r"``(\w+)``", row)) == set(EXPECTED)


def first_column(text: str) -> list[str]:
    """What begins the rows of a simple table."""
    return re.findall(r"^([a-z-]+(?:\.\.\.)?)  ", text, re.MULTILINE)


def test_every_check_is_told() -> None:
    """The table of checks has the names of the code, in its order."""
    table = text_of(CHECKS).partition("\nThe checks of a call\n")[2].partition("\nOne mistake")[0]
    assert echo.phone.verdict.checks.__doc__ is not None
    assert first_column(table) == re.findall(
        r"^    ([a-z-]+(?:\.\.\.)?)  ", echo.phone.verdict.checks.__doc__, re.MULTILINE
    )


def test_the_module_of_the_report_names_every_key() -> None:
    """Its docstring does, where one looks who changes it."""
    assert echo.phone.verdict.report.__doc__ is not None
    for key in Report(Facts("ws://a/", 16000)).to_json():
        assert re.search(rf"\b{key}\b", echo.phone.verdict.report.__doc__), key


def test_the_sentence_on_a_wrong_size() -> None:
    """The tutorial shows the beginning of the sentence that half a frame gives."""
    hearing = Hearing(AudioFormat(16000), DOCUMENTED, 0.0)
    hearing.heard(bytes(320), 1, 0.02)
    (failed,) = [
        check for check in Report(Facts("ws://a/", 16000, hearing=hearing)).failures if "size" in check.name
    ]

    (shown,) = named_lines(PHONE, "wrong-size")
    assert f"✗ {failed.name}  {failed.sentence}".startswith(shown)


#: What the documents say in figures, as the code has it.
SAID = (
    f"waits {exchange.ANSWER.connect:g} s for the connection and {exchange.ANSWER.read:g} s for the answer",
    f"waits {exchange.NOTIFICATION.connect:g} s for the connection and {exchange.NOTIFICATION.read:g} s for the answer",
    f"So an answer takes {exchange.ANSWER.tries * (exchange.ANSWER.connect + exchange.ANSWER.read):g} s at most",
    f"takes {min(exchange.ACCEPTED)} to {max(exchange.ACCEPTED)} as an answer",
    f"reads {exchange.MAX_BODY // 1024**2} MiB at most",
    f"cuts a ``wait`` to {Terms(str).longest_wait:g} s",
    f"follows {walk.MAX_ACTIONS} actions at most",
    f"waits {webhooks.FINISH_SECONDS:g} s at the end for events on their way",
    f"waits {connect.OPEN_SECONDS:g} s for connection and upgrade together",
    f"path and query have {upgrade.MAX_RESOURCE} bytes at most",
    f"takes {socket.MAX_MESSAGE // 1024**2} MiB in a message, and {socket.MAX_HEAD // 1024} KiB in the answer",
    f"a ``duration`` of {texts.DTMF_MS} ms",
    f"queues {DOCUMENTED.capacity} messages",
    f"talks {order.DEFAULT_DURATION:g} s if nothing else is said, listens {order.DEFAULT_TAIL:g} s more",
    f"drops a connection {socket.CLOSE_SECONDS:g} s after the Close frames",
    f"until none has come for {patience.QUIET:g} s, {patience.LONGEST:g} s beyond the tail at most",
    f"once {transport.MAX_UNSENT // 1024} KiB wait to be sent",
)


def test_the_figures_of_the_provider_are_those_of_the_code() -> None:
    """The tables of what the phone does in the provider's place give times and sizes as they are."""
    cells = " ".join(_second_column(text_of(PROVIDER)).split())
    assert [said for said in SAID if said not in cells] == []


def _second_column(text: str) -> str:
    """The second cells of tables whose first column is of eight characters, and the text between the tables."""
    of_table = re.compile(r"^(?:[a-z]+ +|          )(?=\S)")
    lines = text.splitlines()
    return "\n".join(line[10:56] if of_table.match(line) and len(line) > 10 else line for line in lines)


def test_every_check_of_a_load_is_told() -> None:
    """The table of checks of a load has the names of the code."""
    table = text_of(CHECKS).partition("\nThe checks of a load\n")[2].partition("\nHow it is measured")[0]
    terms = replace(TERMS, limits={"max_p99": 1.0})
    found = [judge(terms, ended_load(), interrupted=True), judge(replace(terms, echo=True), ended_load())]
    names = {re.sub("^max-.*", "max-...", check.name) for checks in found for check in checks}
    assert set(first_column(table)) == names - {"echo"}
    assert "``echo``" in table
