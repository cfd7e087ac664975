"""Tests of echo.phone.faults.seen: what is read from a report."""

from __future__ import annotations

from typing import Any

import pytest

from echo.audio.format import AudioFormat
from echo.phone.faults.seen import Seen
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.verdict.facts import Ended, Facts, Setup, Webhook
from echo.phone.verdict.report import Report
from tests.phone.faults.doubles import frame

AUDIO = AudioFormat(16000)


def a_call(*heard: int, texts: tuple[str, ...] = (), **facts: Any) -> Seen:
    """A call in which ten frames are said and those of these numbers come back, each 50 ms after it was said."""
    hearing = Hearing(AUDIO, DOCUMENTED, 0.0)
    for index in range(10):
        hearing.said(frame(index), index / 50)
    for index in heard:
        hearing.heard(frame(index), 1, index / 50 + 0.05)
    for text in texts:
        hearing.text(text, 1.0)
    hearing.play(1.0)
    ended = Ended("caller", None, "", 1.5)
    known: dict[str, Any] = {"hearing": hearing, "ended": ended, "frames_out": 10, **facts}
    return Seen.of(Report(Facts("ws://app/socket", 16000, **known)).to_json())


def test_an_echo_is_read() -> None:
    """Frames, times in seconds and the end are those of the report."""
    seen = a_call(*range(10))

    assert (seen.url, seen.heard, seen.said, seen.echoed, seen.lost) == ("ws://app/socket", "echo", 10, 10, 0)
    assert seen.is_faithful
    assert seen.round_trip == pytest.approx(0.05)
    assert seen.first_audio == pytest.approx(0.05)
    assert (seen.ended_by, seen.code, seen.ended_at, seen.app_ended) == ("caller", None, 1.5, False)
    assert not seen.failed


def test_an_echo_with_a_hole_is_not_faithful() -> None:
    """Eight of ten frames are an echo that lost two."""
    seen = a_call(*range(8))

    assert (seen.said, seen.lost, seen.is_faithful) == (10, 2, False)


def test_an_echo_out_of_order_is_not_faithful() -> None:
    """A frame that came late, and one that came twice, are unlike."""
    seen = a_call(0, 2, 1, 3, 4, 4, 5, 6, 7, 8, 9)

    assert (seen.reordered, seen.repeated, seen.altered, seen.lost) == (1, 1, 0, 0)
    assert (seen.unlike, seen.is_faithful) == (2, False)


def test_nothing_is_quiet() -> None:
    """Who hears nothing hears neither echo nor speech, and no time is known."""
    seen = a_call()

    assert (seen.heard, seen.is_quiet, seen.round_trip, seen.first_audio) == ("nothing", True, None, None)


def test_commands_and_failures_are_read() -> None:
    """A clear is answered; a text that is no command fails its check, and the sentence is kept."""
    seen = a_call(texts=('{"action": "clear"}', "hello"))

    assert seen.commands == 1
    assert list(seen.failed) == ["commands"]
    assert seen.failed["commands"]


def test_the_application_ended_it() -> None:
    """So it is where its end of the connection broke."""
    assert a_call(ended=Ended("application", 1011, "", 0.5)).app_ended
    assert a_call(ended=Ended("network", None, "", 0.5)).app_ended


def test_no_call_is_read() -> None:
    """Without a socket there is the problem."""
    seen = Seen.of(Report(Facts("ws://app/", 16000, problem="refused", setup=Setup())).to_json())

    assert (seen.problem, seen.ended_by, seen.code) == ("refused", "", None)


def test_events_are_counted() -> None:
    """An answer is no event."""
    webhooks = [Webhook(kind, "", "http://app/", 200, 0.1) for kind in ("answer", "event", "event")]

    assert a_call(webhooks=webhooks).events == 2
