"""Tests of echo.phone.scenario.caller: each step on the clock of a call."""

from __future__ import annotations

import tracemalloc
import wave
from pathlib import Path

import pytest

from echo.errors import PhoneError
from echo.phone.scenario.caller import ScenarioCaller, StepResult
from echo.phone.scenario.document import Step
from tests.phone.scenario.stage import AUDIO, VOICE, Stage

CLEAR = '{"action": "clear"}'
NOTIFY = '{"action": "notify", "payload": {}}'


def outcomes(results: list[StepResult]) -> list[bool | None]:
    """Whether each step passed."""
    return [result.passed for result in results]


def test_say_says_the_signal_for_so_long() -> None:
    """A say of 100 ms is five frames, before them and behind them is silence."""
    stage = Stage(Step("wait", 0.1), Step("say", 0.1), Step("wait", 1))
    stage.advance(0.6)

    assert len(stage.said) == 5
    assert stage.said == list(range(stage.said[0], stage.said[0] + 5))
    assert len({payload for _, payload in stage.socket.audio}) == 6


def test_two_says_never_say_the_same() -> None:
    """The second say goes on with the signal where the first one was, so that echoes can be told apart."""
    stage = Stage(Step("say", 0.1), Step("say", 0.1), Step("wait", 1))
    stage.advance(0.4)

    assert len({payload for _, payload in stage.socket.audio}) == 11


def test_play_plays_a_file(tmp_path: Path) -> None:
    """A sound is played whole, and the next step begins behind it."""
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"".join(VOICE.frame(number) or b"" for number in range(7)))
    stage = Stage(Step("play", word=str(path)), Step("hangup", word="abrupt"))
    stage.advance(0.4)

    assert [stage.socket.audio[number][1] for number in stage.said] == [VOICE.frame(n) for n in range(7)]
    assert stage.at - 0.4 == pytest.approx(0)
    assert outcomes(stage.finish()) == [True, True]


def test_a_file_that_is_not_there_is_told_before_the_call() -> None:
    """A play is read when the rate is known, and not when its step begins."""
    with pytest.raises(PhoneError, match="No such file"):
        Stage(Step("wait", 5), Step("play", word="/nowhere/x.wav"))


def test_keys_are_pressed_one_after_the_other() -> None:
    """Keys have 300 ms between them, and the next step begins when the last one is pressed."""
    stage = Stage(Step("dtmf", word="1*#"), Step("hangup", word="close"))
    stage.advance(1)

    first = stage.keys[0][0]
    assert [key for _, key in stage.keys] == ["1", "*", "#"]
    assert [at - first for at, _ in stage.keys] == pytest.approx([0, 0.3, 0.6], abs=0.021)
    assert stage.caller.pressed == "1*#"
    assert stage.socket.ends == ["close"]


def test_wait_waits() -> None:
    """A wait of half a second ends half a second later."""
    stage = Stage(Step("wait", 0.5), Step("hangup", word="abrupt"))
    stage.advance(0.46)
    assert stage.call.ended is None
    stage.advance(0.06)

    assert stage.socket.ends == ["drop"]
    assert [result.sentence for result in stage.finish()] == ["after 500 ms", "after 0 ms"]


def test_a_scenario_ends_with_its_last_step() -> None:
    """Behind the last step the caller hangs up."""
    stage = Stage(Step("wait", 0.1))
    stage.advance(0.2)

    assert stage.socket.ends == ["drop"]
    assert outcomes(stage.finish()) == [True]


def test_speech_is_200_ms_of_sound() -> None:
    """Nine loud frames are a click, ten are speech."""
    stage = Stage(Step("expect", 2, "speech"), Step("wait", 5))
    stage.advance(0.18, voice=True)
    stage.advance(0.5)
    assert stage.caller.results == []
    stage.advance(0.06, voice=True)

    assert outcomes(stage.caller.results) == [True]


def test_speech_is_counted_from_the_step_before() -> None:
    """What was heard before the last step ended is no speech of this one."""
    stage = Stage(Step("wait", 0.5), Step("expect", 0.5, "speech"))
    stage.advance(0.48, voice=True)
    stage.advance(0.7)

    assert outcomes(stage.finish()) == [True, False]
    assert stage.caller.results[1].sentence == "not within 0.5 s"


def test_silence_is_half_a_second_of_quiet() -> None:
    """Silence is there when nothing was heard for half a second, and never while somebody talks."""
    stage = Stage(Step("expect", 1, "silence"), Step("wait", 5))
    stage.advance(0.4, voice=True)
    assert stage.caller.results == []
    stage.advance(0.6)

    assert outcomes(stage.caller.results) == [True]
    assert stage.caller.results[0].at == pytest.approx(0.92, abs=0.03)


def test_noise_is_no_silence() -> None:
    """Where somebody talks on, the expectation of silence fails in its time, and the call is over."""
    stage = Stage(Step("expect", 0.6, "silence"), Step("say", 1), Step("wait", 1))
    stage.advance(0.8, voice=True)

    results = stage.finish()
    assert outcomes(results) == [False, None, None]
    assert results[0].sentence == "not within 0.6 s"
    assert results[2] == StepResult("wait 1 s", None, None, "not reached")
    assert stage.socket.ends == ["drop"]


def test_an_echo_is_everything_that_was_said() -> None:
    """All that was said and is no silence came back; the silence around it does not count."""
    stage = Stage(Step("say", 0.2), Step("expect", 1, "echo"), Step("wait", 5))
    stage.advance(0.5, echo=True)

    assert outcomes(stage.caller.results) == [True, True]


def test_an_echo_without_a_say_is_none() -> None:
    """Silence that comes back is no echo of anything."""
    stage = Stage(Step("expect", 0.3, "echo"))
    stage.advance(0.5, echo=True)

    assert outcomes(stage.finish()) == [False]


def test_a_part_of_an_echo_is_none() -> None:
    """An echo that ends early, or has other audio in it, fails."""
    short = Stage(Step("say", 0.2), Step("expect", 0.3, "echo"))
    short.advance(0.14, echo=True)
    short.advance(0.6)
    altered = Stage(Step("say", 0.2), Step("expect", 0.3, "echo"))
    altered.advance(0.02, voice=True)
    altered.advance(0.8, echo=True)

    assert outcomes(short.finish()) == [True, False]
    assert outcomes(altered.finish()) == [True, False]


@pytest.mark.parametrize(("command", "word"), [(CLEAR, "clear"), (NOTIFY, "notify")])
def test_commands_are_waited_for(command: str, word: str) -> None:
    """A clear and a notify fulfil the step that waits for them, and no other text does."""
    stage = Stage(Step("say", 0.1), Step("expect", 1, word), Step("wait", 1))
    stage.advance(0.3)
    stage.text('{"action": "other"}')
    stage.text("hello")
    stage.advance(0.1)
    assert len(stage.caller.results) == 1
    stage.text(command)
    stage.advance(0.04)

    assert outcomes(stage.caller.results) == [True, True]


def test_a_command_may_come_while_the_caller_still_talks() -> None:
    """A bot that stops at the first word is not told to wait for the last one; earlier commands count for nothing."""
    stage = Stage(
        Step("wait", 0.1), Step("say", 0.4), Step("expect", 0.2, "clear"), Step("expect", 0.2, "notify")
    )
    stage.text(NOTIFY)
    stage.advance(0.3)
    stage.text(CLEAR)
    stage.advance(0.8)

    assert outcomes(stage.finish()) == [True, True, True, False]


def test_commands_are_seen_behind_hundreds_of_texts() -> None:
    """The phone keeps 200 texts of a call; a scenario does not depend on them."""
    stage = Stage(Step("expect", 1, "clear"), Step("wait", 1))
    for _ in range(300):
        stage.text(NOTIFY)
    stage.text(CLEAR)
    stage.advance(0.04)

    assert outcomes(stage.caller.results) == [True]


def test_the_application_may_be_expected_to_hang_up() -> None:
    """The end of the call fulfils that expectation, when the application made it."""
    stage = Stage(Step("wait", 0.1), Step("expect", 2, "hangup"))
    stage.advance(0.5)
    stage.close()

    result = stage.finish()[1]
    assert (result.passed, result.sentence) == (True, "the application ended the call")
    assert result.at == pytest.approx(0.5)


def test_a_broken_connection_is_no_hang_up() -> None:
    """A connection that breaks is not what was expected."""
    stage = Stage(Step("expect", 2, "hangup"))
    stage.advance(0.5)
    stage.close("network")

    assert outcomes(stage.finish()) == [False]


def test_an_application_that_never_hangs_up() -> None:
    """Where it does not, the step fails in its time and the caller goes."""
    stage = Stage(Step("expect", 0.3, "hangup"), Step("wait", 1))
    stage.advance(0.5)

    assert stage.socket.ends == ["drop"]
    assert outcomes(stage.finish()) == [False, None]


def test_a_call_that_ends_too_early() -> None:
    """The step in which the call ended has failed, and those behind it were not reached."""
    stage = Stage(Step("wait", 0.1), Step("wait", 3), Step("expect", 1, "hangup"))
    stage.advance(0.5)
    stage.close()

    results = stage.finish()
    assert outcomes(results) == [True, False, None]
    assert results[1].sentence == "the call was over before"


def test_without_a_call_no_step_is_reached() -> None:
    """Where the socket was never open, no step has failed."""
    stage = Stage(Step("wait", 1), Step("wait", 1))
    stage.caller.results.clear()

    assert outcomes(stage.caller.finish("", None)) == [None, None]


def test_a_second_socket_goes_on_with_the_steps() -> None:
    """Behind a hang-up that was expected the steps go on in the next socket, and so does their time."""
    first = Stage(Step("expect", 2, "hangup"), Step("wait", 0.5), Step("say", 0.1), Step("expect", 1, "echo"))
    first.advance(1)
    first.close()
    second = Stage(caller=first.caller)
    second.advance(0.9, echo=True)

    results = second.finish()
    assert outcomes(results) == [True, True, True, True]
    assert [result.at for result in results] == pytest.approx([1.0, 1.5, 1.6, 1.65], abs=0.05)


def test_a_step_that_waits_goes_on_in_a_second_socket() -> None:
    """A step that is under way when the application ends the socket has its time for both."""
    first = Stage(Step("expect", 2, "clear"))
    first.advance(1)
    first.close()
    second = Stage(caller=first.caller)
    second.advance(0.9)
    assert second.call.ended is None
    second.advance(0.2)

    assert outcomes(second.finish()) == [False]


def test_frames_have_the_size_of_the_call() -> None:
    """Silence and signal are whole frames."""
    stage = Stage(Step("say", 0.1), Step("wait", 1))
    stage.advance(0.3)

    assert {len(payload) for _, payload in stage.socket.audio} == {AUDIO.frame_bytes}


def test_a_long_say_costs_no_memory() -> None:
    """The frames of a day are made when they are said, each at its time."""
    tracemalloc.start()
    stage = Stage(Step("say", 86400.0))
    stage.advance(0.1)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert stage.said[-3:] == [3, 4, 5]
    assert peak < 1_000_000


def test_a_sound_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many steps play it, a file is read once for a socket."""
    read: list[Path] = []
    monkeypatch.setattr("echo.phone.scenario.caller.load", lambda path, _audio: read.append(path))
    ScenarioCaller(Step("play", word=word) for word in ("a", "b", "a", "a")).speech(AUDIO)

    assert sorted(read) == [Path("a"), Path("b")]
