"""Tests of echo.phone.load.run on this reactor: a whole load in this process, and what is printed of it."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from twisted.trial.unittest import TestCase

from echo.phone.load import run as module
from echo.phone.load.document import LoadReport
from echo.phone.load.progress import Silent
from echo.phone.load.run import load, run_load, terms_of
from echo.phone.order import CallOrder, LoadOrder, Output
from echo.phone.reactor import Stop
from tests.phone.application import Application, Call, the_reactor
from tests.phone.load.loads import TERMS, ended_load


class Saying(Silent):
    """Keeps the sentences."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.is_done = False

    def say(self, sentence: str) -> None:
        """Keep it."""
        self.said.append(sentence)

    def done(self) -> None:
        """Note it."""
        self.is_done = True


class LoadTest(TestCase):
    """A load, whole."""

    def setUp(self) -> None:
        """Have an application."""
        self.app = Application()

    async def tearDown(self) -> None:  # type: ignore[override]  # trial waits for it
        """Leave nothing open."""
        await self.app.stop()

    async def make(self, shown: Silent, *, poisson: bool = False, **call: Any) -> LoadReport:
        """Make three calls of a tenth of a second."""
        order = LoadOrder(
            CallOrder(self.app.url, duration=0.1, tail=0.1, **call), 3, 100.0, poisson=poisson, seed=1
        )
        return await load(the_reactor(), order, terms_of(order, 1), Stop(), shown)

    async def test_all_calls_are_made_and_judged(self) -> None:
        """Every frame of every call comes back, and the report says that it passed."""
        shown = Saying()
        report = await self.make(shown, expect="echo")
        self.assertEqual(report.exit_status, 0)
        self.assertEqual(report.figures.counts.echoed, 15)
        self.assertEqual((shown.said, shown.is_done), ([], True))
        self.assertEqual(len(self.app.calls), 3)

    async def test_random_arrivals_and_signatures(self) -> None:
        """Calls that begin at random and sign their webhooks are calls like others."""
        report = await self.make(Silent(), poisson=True, signature_secret="s" * 32, api_key="abcd")
        self.assertEqual(report.figures.fates.counts["completed"], 3)

    async def test_a_phone_that_could_not_keep_time_says_so(self) -> None:
        """Frames that had to wait for 30 ms are late by so much, and the times are told to be the phone's."""
        reactor = the_reactor()

        def be_busy(call: Call, payload: bytes, is_binary: bool) -> None:
            until = reactor.seconds() + 0.03
            while reactor.seconds() < until:
                pass
            call.sendMessage(payload, is_binary)

        self.app.on_message = be_busy
        report = await self.make(Silent(), expect="echo")
        phone = cast("dict[str, Any]", report.to_json()["phone"])
        self.assertIs(phone["bottleneck"], True)
        self.assertGreater(phone["late"]["p99"], 20)
        self.assertIn("one frame in a hundred left", phone["why"][0])

    async def test_a_limit_of_the_system_is_told(self) -> None:
        """Too few descriptors are told before the calls begin."""
        self.patch(module, "allow_descriptors", lambda calls: f"{calls} calls are too many")
        shown = Saying()
        await self.make(shown)
        self.assertEqual(shown.said, ["3 calls are too many"])


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[LoadReport], None]:
    """Let a load give this report, without a reactor."""

    def give(report: LoadReport) -> None:
        monkeypatch.setattr(module, "run", lambda _work: report)

    return give


def test_json_is_one_object(given: Callable[[LoadReport], None], capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the report is the only thing that is written anywhere."""
    report = LoadReport(TERMS, ended_load())
    given(report)
    assert run_load(LoadOrder(CallOrder("ws://host/socket"), 2, 10.0, output=Output(as_json=True))) == 0
    shown = capsys.readouterr()
    assert (json.loads(shown.out), shown.err) == (report.to_json(), "")


def test_people_get_the_report(
    given: Callable[[LoadReport], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is that of the report; the collector works as before afterwards."""
    given(LoadReport(TERMS, ended_load(), interrupted=True))
    assert run_load(LoadOrder(CallOrder("ws://host/socket"), 2, 10.0)) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("ws://host/socket\n")
    assert shown.out.splitlines()[-1] == "failed: 1 of 4 checks; the load was interrupted"
    assert gc.get_freeze_count() == 0
