"""What ``--help`` shows."""

from __future__ import annotations

import re

import pytest

from echo.limits import BY_NAME
from echo.service.help import help_text
from echo.service.setting import Setting
from echo.service.table import SETTINGS

TEXT = help_text(80)
FLAT = " ".join(TEXT.split())
EACH = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)


@EACH
def test_every_setting_is_there_by_both_its_names(setting: Setting) -> None:
    """The help has each option once, at the beginning of a line, and its environment variable."""
    assert len(re.findall(rf"^  --{setting.option} ", TEXT, re.MULTILINE)) == 1
    assert len(re.findall(rf"\b{setting.variable}\]", TEXT)) == 1


@EACH
def test_every_setting_says_what_it_does_and_its_default(setting: Setting) -> None:
    """What each option does is there in full, and what counts without it."""
    assert setting.help in FLAT
    if setting.name in BY_NAME:
        limit = BY_NAME[setting.name]
        assert f"[default {limit.default} {limit.metadata['unit']}, " in TEXT
    elif setting.default:
        assert f"[default {setting.default}, {setting.variable}]" in TEXT


def test_what_lab_changes_is_told() -> None:
    """The value of a limit under ``lab`` is shown where it differs; a number nobody reaches is called off."""
    assert "[default 8192 bytes, lab 16777216, ECHO_MAX_MESSAGE]" in TEXT
    assert "[default 200 frames/s, lab off, ECHO_FRAMES_PER_SECOND]" in TEXT
    assert "[default 60 s, ECHO_IDLE_TIMEOUT]" in TEXT


@pytest.mark.parametrize("columns", [80, 93, 100])
def test_the_help_fits_the_terminal(columns: int) -> None:
    """No line is wider than the terminal, and none ends in spaces."""
    lines = help_text(columns).splitlines()
    assert max(map(len, lines)) <= columns
    assert [line for line in lines if line != line.rstrip()] == []


def test_very_narrow_and_very_wide_terminals() -> None:
    """The texts never become narrower than at 80 columns, nor wider than at 100."""
    assert help_text(1) == help_text(80) != help_text(100) == help_text(1000)


def test_a_newcomer_reads_first_what_it_is_and_which_urls_to_enter() -> None:
    """Before any option stand what this is, how to start it, and the two URLs."""
    before = FLAT.partition("Options:")[0]
    for words in ("Answers the phone calls", "twistd -n echo --port 8000", "/ncco", "/events"):
        assert words in before


def test_ordinary_options_come_before_the_limits() -> None:
    """What a newcomer may need stands first, the limits last and under a heading of their own."""
    ordinary, _, limits = TEXT.partition("\nLimits:\n")
    for setting in SETTINGS:
        assert f"  --{setting.option} " in (limits if setting.name in BY_NAME else ordinary)
    assert "  --help " in ordinary
    assert "  --version " in ordinary


def test_the_sources_and_their_order_are_explained() -> None:
    """The help says that each option has two more sources, and which one wins."""
    assert "The command line wins, then the environment, then the file, then the default." in FLAT
    assert "ECHO_PORT=8000" in FLAT
    assert "port = 8000" in FLAT
