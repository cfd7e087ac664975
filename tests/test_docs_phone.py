"""What docs/phone.rst says is so: its examples run, its tables are the code's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import echo.phone.verdict.checks
import echo.phone.verdict.report
from echo.audio.format import AudioFormat
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.scenario.document import EXPECTED, read_scenario
from echo.phone.verdict.facts import Facts
from echo.phone.verdict.report import Report
from tests.conftest import ROOT
from tests.test_docs import blocks, named_lines, text_of

DOCUMENT = "docs/phone.rst"


def test_the_example_application_passes_its_example_test(tmp_path: Path) -> None:
    """The application and the test of the document, saved as it says, pass in a pytest of their own."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    for name, text in blocks(DOCUMENT, "python").items():
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:twisted", "test_app.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_example_scenario_is_one(tmp_path: Path) -> None:
    """The scenario of the document is read without complaint."""
    file = tmp_path / "greeting.toml"
    file.write_text(blocks(DOCUMENT, "text")["greeting.toml"])

    scenario = read_scenario(file)
    assert [step.verb for step in scenario.steps] == [
        *("expect", "play", "expect", "dtmf", "expect", "wait", "hangup")
    ]


def test_every_expectation_is_told() -> None:
    """The words that expect takes are those of the code."""
    row = text_of(DOCUMENT).partition("``expect``  ")[2].partition(", ``within``")[0]
    assert set(re.findall(r"``(\w+)``", row)) == set(EXPECTED)


def test_every_check_is_told() -> None:
    """The table of checks has the names of the code, in its order."""
    table = text_of(DOCUMENT).partition("It passes if\n")[2].partition("\nOne mistake")[0]
    told = re.findall(r"^([a-z-]+(?:\.\.\.)?)  ", table, re.MULTILINE)
    assert echo.phone.verdict.checks.__doc__ is not None
    assert told == re.findall(r"^    ([a-z-]+(?:\.\.\.)?)  ", echo.phone.verdict.checks.__doc__, re.MULTILINE)


def test_every_key_of_the_report_is_told() -> None:
    """The keys of --json are those of the code, word for word."""
    assert echo.phone.verdict.report.__doc__ is not None
    keys = echo.phone.verdict.report.__doc__.partition("Its keys::\n\n")[2]
    assert [line.strip() for line in named_lines(DOCUMENT, "report-keys")] == [
        line.strip() for line in keys.strip("\n").splitlines()
    ]


def test_the_sentence_on_a_wrong_size() -> None:
    """The tutorial shows the beginning of the sentence that half a frame gives."""
    hearing = Hearing(AudioFormat(16000), DOCUMENTED, 0.0)
    hearing.heard(bytes(320), 1, 0.02)
    (failed,) = [
        check for check in Report(Facts("ws://a/", 16000, hearing=hearing)).failures if "size" in check.name
    ]

    (shown,) = named_lines(DOCUMENT, "wrong-size")
    assert f"✗ {failed.name}  {failed.sentence}".startswith(shown)
