"""Whole calls to scripted applications, as they are heard."""

from __future__ import annotations

import pytest

from echo.audio.format import RATES, AudioFormat
from echo.audio.signal import Numbered, Pcm, Silence, Tone
from echo.phone.listening.echoes import WINDOW
from echo.phone.listening.far_end import DOCUMENTED, WSBRIDGE
from echo.phone.listening.hearing import Hearing
from tests.phone.listening.applications import (
    STEP,
    App,
    Call,
    Reply,
    burst,
    changed,
    echo,
    first_then,
    in_pieces,
    late_by,
    later_and_later,
    mute,
    recut,
    stalled,
    without,
)

AUDIO = AudioFormat(16000)
SILENCE = bytes(640)
QUIET_TONE = Tone(AUDIO, 500.0, level_dbfs=-50.0)
LOUD_TONE = Tone(AUDIO, 500.0, level_dbfs=-20.0)


def call(app: App, seconds: float = 4.0) -> Hearing:
    """What is heard of a call."""
    made = Call(app, seconds)
    made.make()
    return made.hearing


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("delay", [0.0, 0.037, 0.25])
def test_the_round_trip_of_an_echo_is_its_delay(rate: int, delay: float) -> None:
    """At each rate, what an application adds on purpose is measured to the microsecond, and all comes back."""
    made = Call(late_by(delay), audio=AudioFormat(rate))
    made.make()
    hearing = made.hearing
    assert list(hearing.echoes.trips) == pytest.approx([delay + 0.001] * 200, abs=1e-6)
    assert hearing.round_trip == pytest.approx(delay + 0.001, abs=1e-6)
    assert (hearing.echoes.lost, hearing.playback.underruns, hearing.arrivals.gaps) == (0, 0, 0)
    assert hearing.arrivals.jitter == pytest.approx(0, abs=1e-6)
    assert hearing.kind == "echo"


def test_what_is_heard_is_aligned_with_the_clock() -> None:
    """Frame n of what is played is what the caller hears from n times 20 ms on, silence included."""
    made = Call(late_by(0.1), seconds=1.0)
    made.make()
    signal = Numbered(AUDIO)
    spoken = [signal.frame(index) for index in range(50)]
    assert made.played[:6] == [SILENCE] * 6
    assert made.played[6:56] == spoken
    assert set(made.played[56:]) == {SILENCE}
    assert len(made.played) == 150


@pytest.mark.parametrize(
    ("app", "kind"),
    [
        (mute, "nothing"),
        (changed(lambda _: SILENCE), "silence"),
        (lambda index, _: [Reply(QUIET_TONE.frame(index) or b"")], "audio"),
        (lambda index, _: [Reply(LOUD_TONE.frame(index) or b"")], "speech"),
        (lambda index, _: [Reply(LOUD_TONE.frame(index) or b"")] if index < 9 else [], "audio"),
        (first_then(LOUD_TONE.frame(0) or b"", echo), "echo"),
    ],
)
def test_what_is_heard_has_a_name(app: App, kind: str) -> None:
    """Nothing, silence, soft audio, sound, a click, an echo."""
    assert call(app).kind == kind


def test_an_echo_of_silence_is_silence() -> None:
    """What one hears goes before where it comes from."""
    made = Call(echo, source=Silence(AUDIO))
    made.make()
    assert made.hearing.kind == "silence"
    assert made.hearing.echoes.lost == 0


def test_the_level_is_that_of_what_is_played_now() -> None:
    """It falls to the floor when nothing waits."""
    hearing = Hearing(AUDIO, DOCUMENTED, 0.0)
    hearing.heard(LOUD_TONE.frame(0) or b"", 1, 0.0)
    assert hearing.queue == 1
    hearing.play(0.0)
    assert hearing.level_heard > -30
    hearing.play(STEP)
    assert hearing.level_heard == -96


@pytest.mark.parametrize("size", [0, 1, 320, 639, 641, 1280])
def test_the_documented_far_end_ends_the_call_at_the_first_wrong_message(size: int) -> None:
    """It says why, and takes nothing that comes later."""
    hearing = Hearing(AUDIO, DOCUMENTED, 10.0)
    hearing.said(Numbered(AUDIO).frame(0), 10.0)
    assert hearing.heard(Numbered(AUDIO).frame(0), 1, 10.01) is None
    told = hearing.heard(bytes(size), 1, 10.5)
    assert told == f"message 1 has {size} bytes where a frame at 16000 Hz has 640"
    assert hearing.offence == told
    assert hearing.heard(bytes(640), 1, 10.6) is None
    assert hearing.text('{"action":"clear"}', 10.6) == []
    first = hearing.arrivals.first_offender
    assert first is not None
    assert (first.index, first.size, first.pieces, first.at) == (1, size, 1, 0.5)
    assert (hearing.arrivals.messages, hearing.texts.count) == (2, 0)


def test_fragments_end_the_call_or_are_thrown_away() -> None:
    """The documented far end hangs up; the published module hears nothing of it."""
    assert call(in_pieces(2)).offence == "message 0 came in 2 fragments where one WebSocket frame is required"
    made = Call(in_pieces(2), far_end=WSBRIDGE)
    made.make()
    assert made.hearing.kind == "nothing"
    assert (made.hearing.arrivals.fragmented, made.hearing.arrivals.wrong_sized) == (200, 0)
    assert made.hearing.echoes.matched == 0


def test_the_published_module_plays_the_beginning_of_long_messages() -> None:
    """Every second frame is heard, the others are lost, and the caller hears holes."""
    made = Call(recut(1280), far_end=WSBRIDGE)
    made.make()
    hearing = made.hearing
    assert (hearing.arrivals.wrong_sized, hearing.arrivals.messages) == (100, 100)
    assert (hearing.echoes.matched, hearing.echoes.lost) == (100, 100)
    assert hearing.playback.played == 100
    assert hearing.playback.underruns == 99


def test_the_published_module_plays_short_messages_as_they_are() -> None:
    """Halves of frames come out whole again where they come in time."""
    made = Call(recut(320), far_end=WSBRIDGE)
    made.make()
    assert made.hearing.playback.played == 200
    assert made.played[1:201] == [Numbered(AUDIO).frame(index) for index in range(200)]


def test_an_empty_message_plays_nothing() -> None:
    """It is wrong-sized, and takes no place in the queue."""
    hearing = Hearing(AUDIO, WSBRIDGE, 0.0)
    assert hearing.heard(b"", 1, 0.0) is None
    assert (hearing.arrivals.wrong_sized, hearing.queue) == (1, 0)


@pytest.mark.parametrize("size", [320, 639, 1280])
def test_a_wrong_size_that_the_caller_began_with_is_not_the_applications_fault(size: int) -> None:
    """Whoever returns what he got, as an echo does, has made no mistake of his own."""
    hearing = Hearing(AUDIO, DOCUMENTED, 0.0)
    odd = (Numbered(AUDIO).frame(0) * 2)[:size]
    hearing.said(odd, 0.0)
    assert hearing.heard(odd, 1, 0.01) is None
    assert (hearing.echoes.matched, hearing.arrivals.wrong_sized) == (1, 0)
    assert len(hearing.play(0.02)[0]) == 2


def test_a_growing_delay_is_measured() -> None:
    """50 ms a second are 150 ms from the middle of the first second to that of the last of four."""
    assert call(later_and_later(50)).echoes.growth == pytest.approx(0.15, abs=0.002)


def test_a_stall_that_is_caught_up_in_a_burst_is_a_delay_in_the_queue() -> None:
    """The round trip is short again, and yet the caller waits 300 ms for the rest of the call."""
    hearing = call(stalled(100, 15))
    assert hearing.round_trip == pytest.approx(0.001)
    assert hearing.echoes.growth == pytest.approx(0.3)
    assert hearing.playback.queue_peak == 16
    assert (hearing.playback.underruns, hearing.playback.silence_ms) == (1, 300)
    assert (hearing.arrivals.gaps, round(hearing.arrivals.longest_gap, 3)) == (1, 0.32)


def test_a_long_stall_of_an_echo_is_an_underrun() -> None:
    """However long it is: the caller talked meanwhile."""
    hearing = call(stalled(50, 75))
    assert (hearing.playback.underruns, hearing.playback.silence_ms) == (1, 1500)
    assert hearing.arrivals.longest_gap == pytest.approx(1.52)


def test_a_pause_between_two_sentences_is_no_underrun() -> None:
    """An application that talks of its own may be silent for more than a second."""
    talks = without(
        lambda index: 50 <= index < 125,
        lambda index, _: [Reply(LOUD_TONE.frame(index) or b"")],
    )
    hearing = call(talks)
    assert (hearing.playback.underruns, hearing.arrivals.gaps) == (0, 0)
    short = without(lambda index: 50 <= index < 75, lambda index, _: [Reply(LOUD_TONE.frame(index) or b"")])
    interrupted = call(short)
    assert (interrupted.playback.underruns, interrupted.playback.silence_ms) == (1, 500)
    assert interrupted.arrivals.gaps == 1


@pytest.mark.parametrize("pause", [0.1, 0.5, 3.0])
def test_a_caller_who_sends_nothing_for_a_while_is_not_held_against_the_application(pause: float) -> None:
    """The echo has the same hole, and neither a gap nor an underrun of its own."""
    hearing = Hearing(AUDIO, DOCUMENTED, 0.0)
    signal = Numbered(AUDIO)
    for step in range(100 + round(pause / STEP)):
        now, index = step * STEP, step if step < 50 else step - round(pause / STEP)
        hearing.play(now)
        if step < 50 or index >= 50:
            hearing.said(signal.frame(index), now)
            hearing.heard(signal.frame(index), 1, now + 0.004)
    assert hearing.echoes.matched == 100
    assert (hearing.arrivals.gaps, hearing.playback.underruns) == (0, 0)
    assert hearing.arrivals.jitter == pytest.approx(0, abs=1e-9)


def test_lost_frames_are_a_gap_and_an_underrun() -> None:
    """The caller talked, and heard nothing."""
    hearing = call(without(lambda index: 50 <= index < 60))
    assert hearing.echoes.lost == 10
    assert (hearing.arrivals.gaps, hearing.playback.underruns, hearing.playback.silence_ms) == (1, 1, 200)


def test_a_frame_from_before_the_window_tells_no_distance() -> None:
    """An echo that comes back after more than the window is counted as any other message."""
    hearing = Hearing(AUDIO, DOCUMENTED, 0.0)
    signal = Numbered(AUDIO)
    hearing.said(signal.frame(0), 0.0)
    hearing.heard(signal.frame(0), 1, 0.001)
    for index in range(1, WINDOW + 5):
        hearing.said(signal.frame(index), index * STEP)
    hearing.heard(signal.frame(WINDOW + 4), 1, 0.021)
    assert hearing.arrivals.longest_gap == pytest.approx(0.02)


def test_an_overflow_is_counted() -> None:
    """Of 4000 frames sent at once those beyond the queue are dropped."""
    hearing = call(burst(4000, lambda index: LOUD_TONE.frame(index) or b""))
    assert hearing.playback.overflowed == 4000 - 3072
    assert hearing.playback.queue_peak == 3072


def test_findings_are_those_of_messages_that_were_not_said() -> None:
    """A caller who says a header as audio gets it back without blame."""
    header = b"RIFF\x24\0\0\0WAVEfmt ".ljust(640, b"\1")
    made = Call(echo, seconds=0.5, source=Pcm(AUDIO, header * 3))
    made.make()
    assert made.hearing.content.findings == {}
    assert set(call(first_then(header)).content.findings) == {"wav"}
