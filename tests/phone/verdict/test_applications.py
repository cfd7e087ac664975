"""
Whole calls to applications with one mistake each, judged.

Each must fail by the one check that names the mistake, and by no other: a person who reads three failures mends
the wrong one first.
"""

from __future__ import annotations

import json

import pytest

from echo.audio.format import AudioFormat
from echo.audio.signal import Silence, Tone
from echo.phone.listening.far_end import DOCUMENTED, WSBRIDGE, FarEnd
from echo.phone.verdict.expectations import Expectations
from echo.phone.verdict.report import Report
from tests.phone.listening.applications import (
    App,
    Call,
    Reply,
    echo,
    first_then,
    late_by,
    later_and_later,
    recut,
    without,
)
from tests.phone.verdict.bridged import BRIDGED
from tests.phone.verdict.mistakes import MISTAKES

AUDIO = AudioFormat(16000)


def judged(app: App, expected: str | None = "echo", far_end: FarEnd = DOCUMENTED, **limits: float) -> Report:
    """A call of four seconds, judged."""
    return Report(Call(app, far_end=far_end).make(), Expectations(expected, limits))


def sentence(report: Report, name: str) -> str:
    """What a check says."""
    return next(check.sentence for check in report.checks if check.name == name)


@pytest.mark.parametrize("far_end", [DOCUMENTED, WSBRIDGE], ids=lambda far_end: far_end.name)
@pytest.mark.parametrize(
    ("app", "talked"),
    [
        (echo, None),
        (late_by(0.25), None),
        (late_by(1.9), None),
        (later_and_later(20), None),
        (first_then('{"action":"clear"}'), None),
        (lambda index, frame: [Reply(bytes(640)), Reply(frame)] if index == 0 else [Reply(frame)], None),
        (late_by(0.25), Tone(AUDIO, 440.0)),
    ],
    ids=["at once", "250 ms", "1.9 s", "60 ms more", "clears", "silence first", "tone"],
)
def test_an_echo_passes(app: App, talked: Tone | None, far_end: FarEnd) -> None:
    """A delay, a little growth, own silence and any caller: nothing fails."""
    report = Report(Call(app, far_end=far_end, source=talked).make(), Expectations("echo"))
    assert report.failures == []
    assert report.exit_status == 0
    assert sentence(report, "echo") == "All of 200 frames said came back, once, in order, unchanged."


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_once_and_by_its_name(mistake: str) -> None:
    """Of all checks just the one that names the mistake fails, with a sentence that says what to change."""
    make, name, told = MISTAKES[mistake]
    report = judged(make())
    assert [check.name for check in report.failures] == [name]
    assert report.failures[0].sentence == told
    assert report.exit_status == 1
    json.dumps(report.to_json(), allow_nan=False)


@pytest.mark.parametrize("mistake", BRIDGED)
def test_the_published_module_makes_other_things_of_mistakes(mistake: str) -> None:
    """The call goes on, the sentence says what is heard, and still one check fails alone."""
    make, name, told = BRIDGED[mistake]
    report = judged(make(), far_end=WSBRIDGE, max_p99=50, max_lost=0)
    assert [check.name for check in report.failures] == [name]
    assert report.failures[0].sentence == told


def test_checks_that_follow_from_a_mistake_say_which() -> None:
    """They are not tried, and point to the one that failed."""
    report = judged(recut(1280), max_p99=50)
    told = {
        check.name: check.sentence for check in report.checks if check.sentence.startswith("Not tried: see")
    }
    assert set(told) == {"overflow", "byte-order", "delay", "pace", "echo", "max-p99"}
    assert set(told.values()) == {"Not tried: see frame-size."}


@pytest.mark.parametrize("mistake", ["never sends", "loses frames", "talks of its own", "cuts elsewhere"])
def test_without_expectations_only_broken_rules_fail(mistake: str) -> None:
    """What is heard is described, and none of it is wrong."""
    report = judged(MISTAKES[mistake][0](), None)
    assert report.failures == []
    assert sentence(report, "heard").startswith("The caller heard ")


@pytest.mark.parametrize(
    "mistake", ["320 bytes", "fragments", "swapped bytes", "a burst", "closes at once", "texts"]
)
def test_broken_rules_fail_without_expectations(mistake: str) -> None:
    """What the provider does not take needs no expectation to be wrong."""
    make, name, told = MISTAKES[mistake]
    assert [(check.name, check.sentence) for check in judged(make(), None).failures] == [(name, told)]


@pytest.mark.parametrize(
    "app", [echo, lambda _index, _frame: [Reply(bytes(640))]], ids=["echo", "own silence"]
)
def test_an_echo_of_silence_is_not_tried(app: App) -> None:
    """Nobody could tell whose silence it is; that nothing at all comes back can be told."""
    report = Report(Call(app, source=Silence(AUDIO)).make(), Expectations("echo"))
    told = "only digital silence was said, and an echo of it cannot be told from an application's own silence"
    assert sentence(report, "echo") == f"Not tried: {told}."
    assert report.failures == []
    nothing = Report(Call(lambda *_: [], source=Silence(AUDIO)).make(), Expectations("echo"))
    assert [check.name for check in nothing.failures] == ["echo"]


def test_a_growing_delay_of_an_echo_out_of_order_is_two_mistakes() -> None:
    """What cannot come from the delay is told beside it."""

    def grows(index: int, frame: bytes) -> list[Reply]:
        late = index * 0.018
        return [Reply(frame, late), Reply(frame, late)] if index == 20 else [Reply(frame, late)]

    report = judged(grows)
    assert [check.name for check in report.failures] == ["delay", "echo"]


def test_a_lossy_echo_of_a_tone_has_no_delay_to_judge() -> None:
    """Which period of a tone is lost cannot be told, so neither can the delay."""
    call = Call(without(lambda index: 50 <= index < 60), source=Tone(AUDIO, 440.0))
    report = Report(call.make(), Expectations("echo"))
    assert sentence(report, "delay").startswith("Not tried: some frames were lost of a sound that repeats")
    assert [check.sentence for check in report.failures] == [
        "190 of 200 frames said came back: 10 lost; send each message back once, in order, as it came."
    ]


def test_frames_on_their_way_when_the_call_is_cut_short_are_not_held_against_an_echo() -> None:
    """Somebody pressed Ctrl-C, or the application hung up: what it had no time for is no loss."""
    facts = Call(late_by(0.25), tail=0.0).make()
    assert facts.hearing is not None
    assert facts.hearing.echoes.lost == 13
    assert [check.name for check in Report(facts, Expectations("echo")).failures] == ["echo"]
    facts.interrupted = True
    report = Report(facts, Expectations("echo"))
    assert report.failures == []
    told = "187 of 200 frames said came back; 13 were on the way when the call was cut short."
    assert sentence(report, "echo") == told


def test_a_loss_is_a_loss_in_a_call_that_is_cut_short_too() -> None:
    """Frames that were lost in the middle, or said long before the end, do not come any more."""
    for app in (
        without(lambda index: index == 50, late_by(0.25)),
        without(lambda index: index >= 100),
        without(lambda index: index < 200),
    ):
        facts = Call(app, tail=0.0).make()
        facts.interrupted = True
        assert [check.name for check in Report(facts, Expectations("echo")).failures] == ["echo"]


def test_an_empty_text_is_called_that() -> None:
    """There is nothing to quote."""
    told = sentence(judged(first_then(""), None), "commands")
    assert told.startswith("An empty text message is no command: ")


def test_one_frame_on_its_way_is_told_as_one() -> None:
    """The sentence counts."""
    report = Report(Call(echo, tail=0.0).make(), Expectations("echo"))
    told = "199 of 200 frames said came back: 1 lost. Of these the last one was still on the way when the call ended"
    assert sentence(report, "echo").startswith(told)
