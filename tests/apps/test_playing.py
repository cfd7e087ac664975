"""What an app plays is what the caller hears: exact, unbroken, stopped at once, and known when it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from echo.apps import App, Conversation, Heard
from echo.audio.format import RATES, AudioFormat
from echo.audio.signal import Numbered
from echo.limits import STANDARD
from tests.apps.caller import Caller, stripped
from tests.speech.recordings import recording_bytes


class Silent(App):
    """An app that leaves everything to the test."""


def talk(caller: Caller) -> Conversation:
    """The app's side of a call."""
    conversation: Conversation = caller.call.app._conversation  # type: ignore[attr-defined]
    return conversation


def signal(seconds: float, rate: int = 16000) -> bytes:
    """Audio in which no two frames are equal, and none is silence."""
    source = Numbered(AudioFormat(rate))
    return b"".join(source.frame(index) for index in range(round(seconds * 50)))


@pytest.mark.parametrize("rate", RATES)
def test_pcm_is_heard_as_it_is(rate: int) -> None:
    """A recording arrives bit by bit, in frames, without a break, and begins within a frame."""
    caller = Caller(Silent, rate=rate)
    pcm = recording_bytes(rate)
    talk(caller).play(pcm)
    caller.listen(3)
    assert stripped(bytes(caller.heard)) == stripped(pcm)
    assert caller.heard.index(stripped(pcm)[:64]) < 2 * caller.audio.frame_bytes
    assert caller.hearing.playback.underruns == 0
    assert {len(frame) for frame in caller.connection.audio} == {caller.audio.frame_bytes}


def test_the_far_end_never_holds_more_than_the_lead() -> None:
    """A minute of audio waits here, not there: a word that is interrupted is gone at once."""
    caller = Caller(Silent)
    talk(caller).play(signal(60))
    caller.listen(61)
    assert caller.hearing.playback.queue_peak == 15
    assert caller.hearing.playback.underruns == 0
    assert stripped(bytes(caller.heard)) == stripped(signal(60))


def test_the_lead_is_the_operators() -> None:
    """A larger lead outlasts a worse network."""
    caller = Caller(Silent, limits=replace(STANDARD, lead_ms=1000))
    talk(caller).play(signal(5))
    caller.listen(5)
    assert caller.hearing.playback.queue_peak == 50


@pytest.mark.parametrize("size", [1, 7, 639, 640, 641, 1500])
def test_pieces_join_without_a_seam(size: int) -> None:
    """What is played piece by piece, of any length, is heard as one; only the last frame is filled up."""
    caller = Caller(Silent)
    pcm = signal(1)[:-100]
    for at in range(0, len(pcm), size):
        talk(caller).play(pcm[at : at + size])
    caller.listen(1.5)
    assert stripped(bytes(caller.heard)) == stripped(pcm)
    assert len(caller.connection.audio) == 50


def test_a_rest_waits_for_more_and_not_for_ever() -> None:
    """Less than a frame is sent before the far end runs empty, filled up, when nothing follows."""
    caller = Caller(Silent)
    pcm = signal(0.2) + b"\x11\x22"
    talk(caller).play(pcm)
    caller.listen(1)
    assert stripped(bytes(caller.heard)) == stripped(pcm)
    assert caller.hearing.playback.underruns == 0


def test_a_generator_is_asked_only_for_what_is_needed() -> None:
    """An endless generator is read as fast as the caller hears, with the lead ahead."""
    given = []

    def endless() -> Iterator[bytes]:
        for number in range(10**9):
            given.append(number)
            yield signal(0.1)

    caller = Caller(Silent)
    talk(caller).play(endless())
    caller.listen(1)
    assert 12 <= len(given) <= 15
    caller.hang_up()
    caller.listen(1)
    assert len(given) <= 15


def test_an_asynchronous_generator_is_waited_for() -> None:
    """Audio that comes late is heard as it comes, complete; one that is closed has ended in good order."""
    pieces: list[Deferred[bytes]] = [Deferred() for _ in range(3)]
    ended: list[bool] = []

    async def slow() -> AsyncIterator[bytes]:
        try:
            for piece in pieces:
                yield await piece
        finally:
            ended.append(True)

    caller = Caller(Silent)
    talk(caller).play(slow())
    talk(caller).play(b"\x01\x01" * 320)
    for number, piece in enumerate(pieces):
        caller.listen(0.5)
        piece.callback(signal(0.3)[number * 2 :])
    caller.listen(1)
    assert bytes(caller.heard).count(signal(0.3)[4:]) == 3
    assert b"\x01\x01" * 320 in bytes(caller.heard)
    assert ended == [True]


def test_a_generator_is_ended_with_the_call() -> None:
    """Whoever waits for a service may let go of it when its call is over."""
    ended = []

    async def never() -> AsyncIterator[bytes]:
        try:
            yield await Deferred()
        finally:
            ended.append(True)

    caller = Caller(Silent)
    talk(caller).play(never())
    caller.listen(0.1)
    caller.hang_up()
    assert ended == [True]
    assert caller.log.at("failure") == []


def test_a_loop_goes_on_until_it_is_cleared() -> None:
    """A sound can be played again and again, without a break."""
    caller = Caller(Silent)
    pcm = signal(0.33)[:-10]
    talk(caller).play(pcm, loop=True)
    caller.listen(2)
    assert stripped(bytes(caller.heard)) == (pcm * 7)[: len(stripped(bytes(caller.heard)))]
    talk(caller).clear()
    before = len(caller.heard)
    caller.listen(1)
    assert not caller.heard[before + 2 * 640 :].strip(b"\0")


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("delay", [0.0, 0.03])
def test_finished_is_when_the_caller_has_heard_it(rate: int, delay: float) -> None:
    """It agrees with the end of what is heard to 40 ms, and with a network between, to its delay besides."""
    caller = Caller(Silent, rate=rate, delay=delay)
    told: list[tuple[Heard, float]] = []
    talk(caller).play(signal(1, rate)[:-6]).finished().addCallback(lambda how: told.append((how, caller.now)))
    caller.listen(2)
    ((how, at),) = told
    heard_until = (len(caller.heard.rstrip(b"\0")) / caller.audio.bytes_per_second) - 0.02
    assert how is Heard.CONFIRMED
    assert how
    assert 0 <= at - heard_until <= 0.04 + delay


def test_finished_belongs_to_its_own_sound() -> None:
    """Of two sounds in line, each is finished at its own end, whoever asks first."""
    caller = Caller(Silent)
    told: list[tuple[str, float]] = []
    first, second = talk(caller).play(signal(0.5)), talk(caller).play(signal(0.5))
    second.finished().addCallback(lambda _: told.append(("second", caller.now)))
    first.finished().addCallback(lambda _: told.append(("first", caller.now)))
    talk(caller).finished().addCallback(lambda _: told.append(("all", caller.now)))
    caller.listen(2)
    assert [what for what, _ in told] == ["first", "second", "all"]
    assert [round(at, 1) for _, at in told] == [0.5, 1.0, 1.0]


def test_without_an_answer_it_is_estimated() -> None:
    """A provider that answers no notify leaves nobody waiting: later, it is taken as heard, and soon after that."""
    caller = Caller(Silent)
    caller.deaf = True
    told: list[tuple[Heard, float]] = []

    def wait() -> None:
        talk(caller).play(signal(1)).finished().addCallback(lambda how: told.append((how, caller.now)))

    wait()
    caller.listen(4)
    wait()
    caller.listen(4)
    assert [how for how, _ in told] == [Heard.ESTIMATED] * 2
    assert all(how for how, _ in told)
    assert [round(at, 1) for _, at in told] == [3.0, 5.1]


def test_nothing_played_is_finished_at_once() -> None:
    """Where nothing plays, there is nothing to wait for."""
    caller = Caller(Silent)
    told: list[Heard] = []
    talk(caller).finished().addCallback(told.append)
    caller.listen(0.04)
    assert told == [Heard.CONFIRMED]


@pytest.mark.parametrize("rate", RATES)
def test_clear_is_silence_at_once(rate: int) -> None:
    """Nothing of what was played is heard two frames later, neither what waited here nor what waited there."""
    caller = Caller(Silent, rate=rate)
    caller.listen(0.02)
    told: list[Any] = []
    playing = talk(caller).play(signal(10, rate))
    playing.finished().addCallback(told.append)
    caller.listen(1)
    talk(caller).clear().addCallback(told.append)
    before = len(caller.heard)
    caller.listen(2)
    assert not caller.heard[before + caller.audio.frame_bytes :].strip(b"\0")
    assert told == [Heard.CLEARED, True]
    assert not told[0]
    assert not talk(caller).is_playing


def test_clear_that_is_not_answered() -> None:
    """Whoever waits for the provider's word is told after a second that it did not come."""
    caller = Caller(Silent)
    caller.deaf = True
    told: list[tuple[bool, float]] = []
    talk(caller).clear().addCallback(lambda done: told.append((done, caller.now)))
    caller.listen(2)
    ((done, at),) = told
    assert (done, round(at, 1)) == (False, 1.0)


def test_what_is_played_after_a_clear_is_heard() -> None:
    """Even from within what was interrupted: the command goes out before it."""
    caller = Caller(Silent)
    conversation = talk(caller)

    def go_on(_: Heard) -> None:
        conversation.play(b"\x05\x05" * 3200)

    conversation.play(signal(5)).finished().addCallback(go_on)
    caller.listen(0.5)
    conversation.clear()
    caller.listen(1)
    assert stripped(bytes(caller.heard)).endswith(b"\x05\x05" * 3200)


def test_is_playing_follows_the_ear() -> None:
    """It is true from the call of play until the last frame has been heard."""
    caller = Caller(Silent)
    assert not talk(caller).is_playing
    talk(caller).play(signal(0.5))
    seen = []
    for _ in range(30):
        seen.append(talk(caller).is_playing)
        caller.listen(0.02)
    assert seen == [True] * 25 + [False] * 5


def test_silence_is_a_pause_or_goes_on() -> None:
    """A pause takes its time in line; without a length, frames of silence go out until something is played."""
    caller = Caller(Silent)
    talk(caller).play(b"\x01\x01" * 320)
    talk(caller).say_nothing(0.5)
    talk(caller).play(b"\x02\x02" * 320)
    caller.listen(1)
    assert stripped(bytes(caller.heard)) == b"\x01\x01" * 320 + bytes(25 * 640) + b"\x02\x02" * 320
    count = len(caller.connection.audio)
    talk(caller).say_nothing()
    caller.listen(1)
    assert len(caller.connection.audio) - count == pytest.approx(50, abs=3)
    at = len(caller.heard)
    talk(caller).play(b"\x03\x03" * 320)
    caller.listen(0.2)
    assert bytes(caller.heard).index(b"\x03\x03" * 320) - at <= 3 * 640
    count = len(caller.connection.audio)
    caller.listen(1)
    assert len(caller.connection.audio) == count


def test_notify_comes_back_in_line() -> None:
    """An app's own payload goes out and comes back when the audio before it has been heard."""
    caller = Caller(Silent)
    told: list[float] = []
    talk(caller).play(signal(0.5))
    talk(caller).notify({"part": 1}).addCallback(lambda _: told.append(caller.now))
    caller.listen(1)
    assert told == [pytest.approx(0.5, abs=0.03)]
    assert b'"part":1' in caller.connection.texts[0]


def test_what_the_connection_does_not_take_is_late_not_lost() -> None:
    """While the peer takes nothing, playing stands still; afterwards it goes on where it was."""
    caller = Caller(Silent)
    talk(caller).play(signal(2))
    caller.listen(0.5)
    caller.call.congested()
    caller.listen(1)
    caller.call.drained()
    caller.listen(3)
    assert stripped(bytes(caller.heard)).replace(bytes(640), b"") == stripped(signal(2)).replace(
        bytes(640), b""
    )
    assert caller.call.report().dropped == 0


@pytest.mark.parametrize("wrong", ["missing.wav", 5, [1, 2], ["text"]])
def test_what_cannot_be_played_ends_the_call(wrong: Any) -> None:
    """It is the app's mistake: the call ends with 1011, and the log names app and call."""
    caller = Caller(Silent)

    class Wrong(App):
        def answered(self) -> None:
            self.call.play(wrong)

    caller = Caller(Wrong)
    caller.listen(0.1)
    assert caller.closed == (1011, "internal error")
    assert caller.log.at("failure") == ["call 1: the app mine failed, ending this call"]


def test_a_file_is_played_in_line() -> None:
    """A path stands for the sound of its file, and keeps its place while the file is read."""
    caller = Caller(Silent, files={"a.wav": b"\x01\x01" * 320, "b.wav": b"\x02\x02" * 320})
    talk(caller).play("a.wav")
    talk(caller).play(b"\x03\x03" * 320)
    talk(caller).play("b.wav", loop=True)
    caller.listen(0.2)
    heard = stripped(bytes(caller.heard))
    assert heard.startswith(b"\x01\x01" * 320 + b"\x03\x03" * 320 + b"\x02\x02" * 640)
