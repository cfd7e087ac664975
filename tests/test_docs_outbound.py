"""What docs/outbound.rst says is so: its examples run, its figures and names are the code's."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from echo.dial.options import build
from echo.dial.order import dial_order
from echo.service.announce import announce
from echo.vonage import tokens
from echo.vonage.client import VoiceApi
from echo.vonage.patience import STANDARD
from echo.vonage.sending import AT_ONCE
from echo.vonage.web import MAX_BODY
from echo.vonage.wording import clause_of
from tests.conftest import ROOT
from tests.test_docs import blocks, text_of
from tests.vonage.keys import private_pem

OUTBOUND = "docs/outbound.rst"

#: What the document says in figures, as the code has it.
SAID = (
    f"RS256, good for {tokens.LIFE // 60} minutes, made anew a minute before that",
    f"four times in all, after {STANDARD.first:g}, {STANDARD.first * 2:g} and {STANDARD.first * 4:g} s",
    f"when ``Retry-After`` says, up to {STANDARD.longest:g} s",
    f"{STANDARD.connect:g} s for the connection, {STANDARD.read:g} s for the answer, {MAX_BODY // 1024} KiB of it",
)


def test_its_figures_are_those_of_the_code() -> None:
    """Times, sizes and counts."""
    text = " ".join(text_of(OUTBOUND).split())
    assert [said for said in SAID if said not in text] == []
    assert (STANDARD.tries, AT_ONCE, tokens.MARGIN) == (4, 4, 60)


def test_each_verb_is_named() -> None:
    """Those of the client, and no other."""
    verbs = re.search(r"Its verbs are (.*?)\. Each", text_of(OUTBOUND), re.DOTALL)
    assert verbs is not None
    named = re.findall(r"``(\w+)``", verbs[1])
    assert named == [name for name in vars(VoiceApi) if inspect.iscoroutinefunction(vars(VoiceApi)[name])]


def test_the_example_in_python_is_one() -> None:
    """It is read, and all that it imports is there."""
    code = blocks(OUTBOUND, "python")["client"]
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def dial_commands() -> list[list[str]]:
    """The words of each ``echo-dial`` that stands on lines of its own."""
    found = re.findall(r"^ +echo-dial ((?:.*\\\n)*.*)$", text_of(OUTBOUND), re.MULTILINE)
    return [words.replace("\\\n", " ").split() for words in found]


@pytest.mark.parametrize("words", dial_commands(), ids=str)
def test_each_command_is_taken(words: list[str], tmp_path: Path) -> None:
    """It asks for a call that can be placed."""
    key = tmp_path / "private.key"
    key.write_bytes(private_pem())
    known = {"private.key": str(key), "YOUR-PHONE": "447700900123", "YOUR-NUMBER": "442079460000"}
    environ = {"ECHO_APPLICATION_ID": "me", "ECHO_PRIVATE_KEY": str(key)}
    order = dial_order(build().parse_args([known.get(word, word) for word in words]), environ)
    assert order.call.answer_url is not None


def test_there_are_commands() -> None:
    """So the test above tells something."""
    assert len(dial_commands()) == 2


def test_the_lines_of_the_log() -> None:
    """They are as the code writes them."""
    text = text_of(OUTBOUND)
    assert "REST API    {settings.api_url}, as application" in inspect.getsource(announce)
    assert f": {clause_of(404, b'')}" in text


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_what_it_says(status: int) -> None:
    """The table of what to do begins with what is told."""
    column = " ".join(line[:46].strip() for line in text_of(OUTBOUND).splitlines())
    body = b'{"title": "Bad Request", "detail": "x"}' if status == 400 else b""
    told = clause_of(status, body)
    assert told.partition(" - ")[0].partition(" call:")[0].partition(": do ")[0] in column
