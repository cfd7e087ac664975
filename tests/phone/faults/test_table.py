"""Tests of echo.phone.faults.table: every fault is there, and says what it is."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from echo.phone.faults.table import FAULTS, Fault
from echo.phone.faults.ways import Forged, Need, OnCall, SlowHandshake
from echo.phone.order import CallOrder
from echo.phone.provider.terms import Answered

NAMES = [
    "bursts",
    "stall",
    "silence-gaps",
    "audio-before-text",
    "fragmented-audio",
    "odd-sized-frames",
    "stop-reading",
    "half-open",
    "reset-mid-frame",
    "leading-space",
    "legacy-messages",
    "dtmf-storm",
    "large-headers",
    "late-cleared",
    "answered-before-socket",
    "socket-before-answered",
    "unsigned-webhook",
    "altered-webhook",
    "stale-webhook",
    "replayed-webhook",
    "duplicate-answer",
    "slow-tls",
]


def test_every_fault_is_there() -> None:
    """The names are those that documents and command lines use, each once."""
    assert [fault.name for fault in FAULTS] == NAMES


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_says_what_it_is(fault: Fault) -> None:
    """Its name is in kebab-case, and each of its texts is one sentence."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", fault.name)
    for sentence in (fault.does, fault.should):
        assert re.fullmatch(r"[A-Z][^.]*(\.\d[^.]*)*\.", sentence), sentence


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_needs_what_it_is_made_of(fault: Fault) -> None:
    """A webhook needs an answer URL and a bad signature a secret; a socket is always there."""
    way = fault.way
    is_webhook = not isinstance(way, OnCall | SlowHandshake)
    if isinstance(way, OnCall):
        is_webhook = way.answered is not Answered.WITH_FIRST_TEXT
    assert (Need.ANSWER_URL in fault.requires) is is_webhook
    assert (Need.SECRET in fault.requires) is isinstance(way, Forged)
    assert (Need.TLS in fault.requires) is isinstance(way, SlowHandshake)
    assert all(need.value in fault.needs for need in fault.requires)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_bounded(fault: Fault) -> None:
    """No call of a fault lasts longer than a few seconds, and what it changes is known to an order."""
    if isinstance(fault.way, OnCall):
        assert fault.way.talk <= 5
        CallOrder("ws://app/", **fault.way.changes)
        assert type(fault.way.manner()) is fault.way.manner


def test_the_table_costs_no_network() -> None:
    """``echo-phone faults`` prints it without loading Twisted."""
    program = "import sys, echo.phone.faults.table; sys.exit('twisted' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
