"""The apps that come with echo, each by what its caller hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from twisted.internet.task import Clock

from echo.apps.clips import Memory
from echo.apps.menu import PROMPTS
from echo.apps.table import NAMES, SAMPLE, shipped
from echo.apps.tone import MILLIWATT_DBFS, beep
from echo.apps.tools import Choices
from echo.audio.format import RATES, AudioFormat
from echo.audio.signal import Numbered
from tests.apps.caller import Caller, _decoded, stripped
from tests.apps.sound import dbfs, last_sound, likeness, strongest, wave
from tests.speech.recordings import recording_bytes


def call(name: str, rate: int = 16000, **choices: Any) -> Caller:
    """A call of one of them."""
    clock = Clock()
    tools = Caller(lambda _: None, clock=clock, choices=Choices(**choices)).tools
    return Caller(shipped(name, tools), is_maker=True, rate=rate, clock=clock, tools=tools)


def signal(seconds: float, rate: int) -> bytes:
    """Audio in which no two frames are equal."""
    source = Numbered(AudioFormat(rate))
    return b"".join(source.frame(index) for index in range(round(seconds * 50)))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("delay", [0.0, 0.3, 1.5])
def test_the_echo_is_as_late_as_it_was_told(rate: int, delay: float) -> None:
    """Everything comes back as it went, by so many seconds later."""
    caller = call("echo", rate, echo_delay=delay)
    said = signal(1, rate)
    caller.say(said)
    for _ in range(round((delay + 0.5) * 50)):
        caller.step(None)  # the caller sends nothing, and hears the rest all the same
    at = bytes(caller.heard).index(said)
    assert at / caller.audio.bytes_per_second == pytest.approx(delay, abs=0.021)
    assert caller.hearing.playback.underruns == 0


def test_a_late_echo_ends_with_its_call() -> None:
    """Nothing is sent after the end."""
    caller = call("echo", echo_delay=1.5)
    caller.say(signal(1, 16000))
    caller.hang_up()
    count = len(caller.connection.audio)
    caller.clock.advance(5)
    assert len(caller.connection.audio) == count


@pytest.mark.parametrize("rate", RATES)
def test_the_parrot_returns_the_sentence(rate: int) -> None:
    """Once the caller has stopped, it says back what was said: the same, as loud, and once."""
    caller = call("parrot", rate)
    said = recording_bytes(rate)
    caller.listen(1)
    caller.say(said)
    spoke_until = caller.now
    caller.listen(5)
    correlation, at, gain = likeness(caller.heard, said)
    assert correlation > 0.999
    assert abs(gain) < 0.1
    assert spoke_until + 0.6 < at / rate < spoke_until + 1.0
    assert last_sound(caller.heard, rate) < at / rate + 2.6


def test_the_parrot_answers_each_sentence() -> None:
    """It listens again while it speaks and after."""
    caller = call("parrot")
    said = recording_bytes(16000)
    for _ in range(3):
        caller.say(said)
        caller.listen(4)
    assert bytes(caller.heard).count(stripped(said)) == 3


def send_nothing(caller: Caller, seconds: float) -> None:
    """Let time pass in which the provider sends no frames at all."""
    for _ in range(round(seconds * 50)):
        caller.step(None)


@pytest.mark.parametrize("rate", RATES)
def test_the_parrot_answers_who_sends_nothing_more(rate: int) -> None:
    """Where no frames come while nobody speaks, it answers as soon; speech interrupts it all the same."""
    caller = call("parrot", rate)
    said = recording_bytes(rate)
    for _ in range(2):
        caller.heard.clear()
        caller.say(said)
        send_nothing(caller, 1.6)
        assert last_sound(caller.heard, rate) > len(caller.heard) / 2 / rate - 0.1
        spoke_at = len(caller.heard) / 2 / rate
        caller.say(said)
        assert last_sound(caller.heard, rate) < spoke_at + 0.06
        send_nothing(caller, 5)
        assert likeness(caller.heard[round(spoke_at * rate) * 2 :], said)[0] > 0.999


def test_the_parrot_says_nothing_to_silence() -> None:
    """Noise that nobody makes is no sentence."""
    caller = call("parrot")
    caller.listen(3)
    noise = np.random.default_rng(1).normal(0, 20, 48000).astype("<i2").tobytes()
    caller.say(noise)
    caller.listen(2)
    assert caller.connection.audio == []


@pytest.mark.parametrize("rate", RATES)
def test_who_speaks_interrupts_the_parrot(rate: int) -> None:
    """Within 60 ms of the first word the caller hears nothing, and what they say then is said back."""
    caller = call("parrot", rate)
    said = recording_bytes(rate)
    caller.say(said)
    caller.listen(1.5)
    assert last_sound(caller.heard, rate) > caller.now - 0.1
    spoke_at = caller.now
    caller.say(said)
    assert last_sound(caller.heard, rate) < spoke_at + 0.06
    caller.listen(5)
    correlation, at, _ = likeness(caller.heard[round(spoke_at + 1) * rate * 2 :], said)
    assert correlation > 0.999
    assert at > 0


def test_a_long_sentence_is_said_back_in_parts() -> None:
    """After half a minute it is the parrot's turn, whether somebody still speaks or not."""
    caller = call("parrot")
    said = recording_bytes(16000)[: 16000 * 2]
    for _ in range(29):
        caller.say(said)
    assert caller.connection.audio == []
    for _ in range(4):
        caller.say(said)
    assert len(caller.connection.audio) > 100
    assert len(caller.call.app._app._said) < 32000 * 6  # type: ignore[attr-defined]


def test_parrots_share_their_memory() -> None:
    """Where all callers together have said too much, the parrot answers at once and keeps no more."""
    caller = call("parrot")
    memory = Memory(100 * 640)
    caller.call.app._app._said._clips._memory = memory  # type: ignore[attr-defined]
    caller.say(recording_bytes(16000))
    assert len(caller.connection.audio) > 20
    assert memory.used <= 100 * 640


def test_what_was_kept_is_given_back() -> None:
    """The end of a call frees what its parrot has kept."""
    caller = call("parrot")
    caller.say(recording_bytes(16000))
    memory = caller.tools.memory
    assert memory.used > 50_000
    caller.hang_up()
    assert memory.used == 0


@pytest.mark.parametrize("rate", RATES)
def test_play_plays_its_file_once(rate: int) -> None:
    """Whole, as loud as it is; then the call is over."""
    caller = call("play", rate)
    caller.listen(7)
    sample = _decoded(SAMPLE, rate)
    correlation, at, gain = likeness(caller.heard, sample)
    assert correlation > 0.999
    assert at < rate * 0.05
    assert abs(gain) < 0.1
    assert caller.closed == (1000, "the file has been played")


def test_play_in_a_loop_goes_on(tmp_path: Path) -> None:
    """Again and again, until the caller hangs up."""
    caller = call("play", play_file=Path(__file__).parents[1] / "speech/speech-16000.wav", play_loop=True)
    caller.listen(12)
    assert bytes(caller.heard).count(stripped(recording_bytes(16000))) == 4
    assert caller.closed is None


def test_a_key_ends_play() -> None:
    """Who has heard enough may say so."""
    caller = call("play")
    caller.listen(1)
    caller.press("5")
    caller.listen(1)
    assert caller.closed == (1000, "the file has been played")
    assert last_sound(caller.heard, 16000) < 1.06


@pytest.mark.parametrize("rate", RATES)
def test_the_milliwatt(rate: int) -> None:
    """1004 Hz at 0 dBm0, without a break for a minute."""
    caller = call("tone", rate)
    caller.listen(60)
    second = caller.heard[rate * 100 : rate * 102]
    assert strongest(second, rate) == pytest.approx(1004, abs=0.6)
    assert dbfs(second) == pytest.approx(MILLIWATT_DBFS, abs=0.02)
    assert pytest.approx(-6.15) == MILLIWATT_DBFS
    assert caller.hearing.playback.underruns == 0
    steps = np.abs(np.diff(wave(caller.heard[rate // 5 : -rate // 5 * 2])))
    assert steps.max() < 2 * np.pi * 1004 / rate * 0.71


@pytest.mark.parametrize("rate", RATES)
def test_the_sweep(rate: int) -> None:
    """From 300 to 3400 Hz in ten seconds, as long for each octave, at one level."""
    caller = call("tone", rate, tone="sweep")
    caller.listen(11)
    heard = stripped(bytes(caller.heard))
    for seconds, hz in ((0.0, 300), (2.5, 550), (5.0, 1010), (7.5, 1853), (9.9, 3318)):
        at = round(seconds * rate) * 2
        piece = heard[at : at + rate // 5]
        assert strongest(piece, rate) == pytest.approx(hz, rel=0.05)
        assert dbfs(piece) == pytest.approx(MILLIWATT_DBFS - 10, abs=0.3)


@pytest.mark.parametrize(("hz", "key"), [("440", ""), ("1", ""), ("3999", "")])
def test_a_tone_of_any_frequency(hz: str, key: str) -> None:
    """As the operator says, at -10 dBm0."""
    caller = call("tone", 8000, tone=hz)
    caller.listen(3)
    assert strongest(caller.heard[8000 : 8000 + 32000], 8000) == pytest.approx(float(hz), abs=0.6)


def test_keys_choose_the_tone() -> None:
    """2 is the sweep, 0 is quiet, 1 the milliwatt."""
    caller = call("tone")
    levels = []
    for key in ("", "2", "0", "1"):
        caller.press(key)
        caller.listen(0.1)
        at = len(caller.heard)
        caller.listen(1)
        levels.append(round(dbfs(caller.heard[at:])))
    assert levels == [-6, -16, -120, -6]


@pytest.mark.parametrize("rate", RATES)
def test_silence_is_sent(rate: int) -> None:
    """Frames of nothing but silence, at the pace of a call."""
    caller = call("silence", rate)
    caller.say(signal(2, rate))
    assert not caller.heard.strip(b"\0")
    assert len(caller.connection.audio) == pytest.approx(100, abs=4)
    assert caller.hearing.playback.queue_peak <= 3


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("end", ["silence", "#"])
def test_the_mailbox(rate: int, end: str) -> None:
    """A beep; then what is said is heard again, once it is over; then the call is hung up."""
    caller = call("record", rate)
    caller.listen(0.5)
    assert strongest(stripped(bytes(caller.heard)), rate) == pytest.approx(1000, abs=5)
    said = recording_bytes(rate)
    caller.say(said)
    spoke_until = caller.now
    if end == "#":
        caller.press("#")
    caller.listen(6)
    correlation, at, gain = likeness(caller.heard, said)
    assert correlation > 0.999
    assert abs(gain) < 0.1
    assert 0 <= at / rate - spoke_until < (2.3 if end == "silence" else 0.3)
    assert caller.closed == (1000, "the message has been played back")
    assert any(line.startswith("call 1, record: a message of ") for line in caller.log.at("info"))


@pytest.mark.parametrize("rate", RATES)
def test_the_mailbox_of_who_sends_nothing_more(rate: int) -> None:
    """A message is over too where no frames come while nobody speaks."""
    caller = call("record", rate)
    caller.listen(0.5)
    said = recording_bytes(rate)
    caller.say(said)
    spoke_until = caller.now
    send_nothing(caller, 10)
    correlation, at, _ = likeness(caller.heard, said)
    assert correlation > 0.999
    assert at / rate - spoke_until < 4.1
    assert caller.closed == (1000, "the message has been played back")


def test_a_mailbox_that_hears_nothing_at_all() -> None:
    """Where not a frame comes, it hangs up after ten seconds too."""
    caller = call("record")
    caller.listen(0.02)
    send_nothing(caller, 22)
    assert caller.closed == (1000, "the message has been played back")


def test_an_empty_mailbox() -> None:
    """Where nobody says anything for ten seconds, there is nothing to play back."""
    caller = call("record")
    caller.listen(12)
    assert likeness(caller.heard, beep(caller.audio))[0] > 0.9
    assert caller.closed == (1000, "the message has been played back")


@pytest.mark.parametrize("rate", RATES)
def test_the_menu_reaches_each_app(rate: int) -> None:
    """By its key; the star comes back, and the choices are said again."""
    caller = call("menu", rate)
    caller.listen(1.6)
    assert likeness(caller.heard, _decoded(PROMPTS / "welcome.ogg", rate))[0] > 0.99
    said = recording_bytes(rate)

    caller.press("1")  # the echo
    at = len(caller.heard)
    caller.say(said)
    caller.listen(0.1)
    assert stripped(said) in bytes(caller.heard[at:])

    caller.press("*")
    at = len(caller.heard)
    caller.listen(2.5)
    assert likeness(caller.heard[at:], _decoded(PROMPTS / "for-echo.ogg", rate))[0] > 0.99

    caller.press("2")  # the parrot
    at = len(caller.heard)
    caller.say(said)
    assert dbfs(caller.heard[at + rate // 10 :]) < -100
    caller.listen(4)
    assert likeness(caller.heard[at:], said)[0] > 0.999

    caller.press("*4")  # the tone, which has keys of its own
    caller.listen(0.1)
    at = len(caller.heard)
    caller.listen(1)
    assert strongest(caller.heard[at:], rate) == pytest.approx(1004, abs=1)
    caller.press("0")
    caller.listen(0.1)
    at = len(caller.heard)
    caller.listen(1)
    assert dbfs(caller.heard[at:]) < -100

    caller.press("*5")  # silence
    caller.listen(0.1)
    at = len(caller.heard)
    caller.listen(1)
    assert dbfs(caller.heard[at:]) < -100
    assert caller.closed is None
    assert caller.log.at("failure") == []


def test_an_app_that_hangs_up_leads_back_to_the_menu() -> None:
    """The mailbox does its work, and the call goes on."""
    caller = call("menu")
    caller.press("3")
    caller.listen(1)
    caller.say(recording_bytes(16000))
    caller.press("#")
    caller.listen(4)
    at = len(caller.heard)
    caller.listen(4)
    assert caller.closed is None
    assert likeness(caller.heard[at - 32000 :], _decoded(PROMPTS / "for-echo.ogg", 16000))[0] > 0.99


@pytest.mark.parametrize("by", ["key", "speech"])
def test_the_menu_is_interrupted(by: str) -> None:
    """Speech and keys stop it within 60 ms."""
    caller = call("menu")
    caller.listen(1)
    spoke_at = caller.now
    if by == "key":
        caller.press("2")
    caller.say(recording_bytes(16000)[:32000])
    assert last_sound(caller.heard, 16000) < spoke_at + 0.06


def test_a_wrong_key_says_the_choices_again() -> None:
    """Nothing is chosen by it."""
    caller = call("menu")
    caller.listen(3)
    caller.press("9")
    at = len(caller.heard)
    caller.listen(2.5)
    assert likeness(caller.heard[at:], _decoded(PROMPTS / "for-echo.ogg", 16000))[0] > 0.99


def test_nobody_chooses() -> None:
    """The choices are said three times, then the menu says good bye."""
    caller = call("menu")
    caller.listen(110)
    assert likeness(caller.heard, _decoded(PROMPTS / "goodbye.ogg", 16000))[0] > 0.99
    assert caller.closed == (1000, "no app was chosen")


def test_an_app_within_the_menu_that_fails_ends_the_call() -> None:
    """With 1011, and its own name in the log."""
    clock = Clock()
    tools = Caller(lambda _: None, clock=clock).tools
    from echo.apps.kinds import maker_of  # noqa: PLC0415  for this test alone

    tools.apps["broken"] = maker_of(lambda frame: frame[10_000], "broken", tools)
    caller = Caller(shipped("menu", tools), is_maker=True, clock=clock, tools=tools)
    caller.press("1")
    caller.listen(0.1)
    assert caller.log.at("failure") == ["call 1: the app broken failed, ending this call"]
    assert caller.closed == (1011, "internal error")


def test_each_prompt_is_there() -> None:
    """Every app of the table, every key and every sentence of the menu is spoken."""
    names = {"welcome", "goodbye", "star", "sample", "for-another", *(str(n) for n in range(1, 10))}
    names |= {f"for-{name}" for name in NAMES if name != "menu"}
    assert names - {path.stem for path in PROMPTS.glob("*.ogg")} == set()
    for name in names:
        pcm = _decoded(PROMPTS / f"{name}.ogg", 16000)
        assert 0.2 < len(pcm) / 32000 < 6
        assert -30 < dbfs(pcm) < -10
