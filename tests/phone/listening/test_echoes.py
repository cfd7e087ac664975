"""Which frames come back: lost, repeated, reordered, altered, silence and tones."""

from __future__ import annotations

import math
from collections.abc import Callable
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.audio.format import AudioFormat
from echo.audio.signal import Tone
from echo.phone.listening.echoes import SECOND, WINDOW, Echoes

AUDIO = AudioFormat(8000)
SILENCE = bytes(320)
HISS = pack("<160h", *(n % 3 - 1 for n in range(160)))


def frame(number: int) -> bytes:
    """A frame that no other number has; loud."""
    return pack("<160h", 20000, number % 30000, number // 30000, *range(1, 158))


def said(count: int, content: Callable[[int], bytes] = frame) -> Echoes:
    """So many frames said, 20 ms apart from 0 on."""
    echoes = Echoes(AUDIO)
    for index in range(count):
        echoes.said(content(index), index * 0.02)
    return echoes


def heard(echoes: Echoes, *frames: bytes, now: float = 100.0) -> list[int | None]:
    """Hear these, all at one time."""
    return [echoes.heard(each, now) for each in frames]


def counts(echoes: Echoes) -> dict[str, int]:
    """What is not as it should be."""
    names = ("lost", "repeated", "reordered", "altered", "fillers")
    return {name: value for name in names if (value := getattr(echoes, name))}


def test_a_clean_echo_matches_every_frame() -> None:
    """Every frame comes back with its own round trip."""
    echoes = Echoes(AUDIO)
    for index in range(300):
        echoes.said(frame(index), index * 0.02)
        assert echoes.heard(frame(index), index * 0.02 + 0.005) == index
    assert counts(echoes) == {}
    assert (echoes.said_count, echoes.matched, echoes.outstanding) == (300, 300, 0)
    assert list(echoes.trips) == pytest.approx([0.005] * 300)
    assert echoes.last_trip == pytest.approx(0.005)


def test_frames_that_are_overtaken_are_lost() -> None:
    """A frame whose successor came is counted as skipped at once and as lost at the end."""
    echoes = said(10)
    assert heard(echoes, frame(0), frame(3), frame(4)) == [0, 3, 4]
    assert echoes.skipped == 2
    assert (echoes.lost, echoes.outstanding, echoes.outstanding_since) == (7, 5, 0.1)


def test_a_frame_that_comes_after_a_later_one_is_out_of_order() -> None:
    """It is not lost then, and it is not counted twice."""
    echoes = said(5)
    assert heard(echoes, frame(1), frame(0), frame(2), frame(3), frame(4), frame(0)) == [1, 0, 2, 3, 4, None]
    assert counts(echoes) == {"reordered": 1, "repeated": 1}
    assert echoes.skipped == 0


def test_what_came_back_already_is_repeated() -> None:
    """The last one again, an older one again, and one while others are missing."""
    echoes = said(6)
    heard(echoes, frame(0), frame(0), frame(1), frame(0), frame(3), frame(1))
    assert counts(echoes) == {"lost": 3, "repeated": 3}


def test_what_was_never_said_is_altered() -> None:
    """An altered frame is lost, and its alteration is counted."""
    echoes = said(3)
    assert heard(echoes, frame(0), frame(99), frame(2)) == [0, None, 2]
    assert counts(echoes) == {"lost": 1, "altered": 1}


def test_audio_of_its_own_is_no_alteration_if_nothing_comes_back() -> None:
    """Without an echo there is nothing that could have been altered."""
    echoes = said(3)
    heard(echoes, frame(97), frame(98))
    assert (echoes.altered, echoes.foreign, echoes.lost) == (0, 2, 3)


@pytest.mark.parametrize("quiet", [SILENCE, HISS], ids=["zeros", "hiss"])
def test_silence_of_the_applications_own_is_no_alteration(quiet: bytes) -> None:
    """Before, between and after the echo it is only counted."""
    echoes = said(2)
    heard(echoes, quiet, quiet, frame(0), quiet, frame(1), quiet)
    assert counts(echoes) == {"fillers": 4}


def test_silence_comes_back_in_order() -> None:
    """Frames that are all the same match one after the other; their round trips are guesses and left out."""
    echoes = said(50, lambda _: SILENCE)
    heard(echoes, *[SILENCE] * 50)
    assert counts(echoes) == {}
    assert (echoes.matched, len(echoes.trips)) == (50, 1)
    assert heard(echoes, SILENCE) == [None]
    assert counts(echoes) == {"fillers": 1}


def test_silence_of_its_own_makes_up_for_silence_that_was_lost() -> None:
    """Between two words nobody can tell the one from the other."""
    echoes = said(6, lambda index: SILENCE if 2 <= index < 5 else frame(index))
    heard(echoes, frame(0), SILENCE, SILENCE, SILENCE, frame(5))
    assert counts(echoes) == {"lost": 1, "fillers": 3}
    assert echoes.sounds_matched == 2


@pytest.mark.parametrize("hertz", [440.0, 50.0])
def test_a_tone_comes_back_in_order(hertz: float) -> None:
    """A tone repeats after some frames, and still matches frame by frame."""
    tone = Tone(AUDIO, hertz)
    frames = [tone.frame(index) or b"" for index in range(200)]
    echoes = said(200, lambda index: frames[index])
    heard(echoes, *frames)
    assert counts(echoes) == {}
    assert echoes.ambiguous == 200


def test_a_frame_that_a_tone_lost_is_missed() -> None:
    """What comes instead of the frame that was due is the next one of its kind."""
    tone = Tone(AUDIO, 440.0)
    frames = [tone.frame(index) or b"" for index in range(50)]
    echoes = said(50, lambda index: frames[index])
    heard(echoes, *(each for index, each in enumerate(frames) if index not in {7, 30}))
    assert counts(echoes) == {"lost": 2}


def test_the_window_is_bounded() -> None:
    """What was said too long ago is forgotten and lost; what is within the window still comes back."""
    echoes = said(WINDOW + 100)
    assert heard(echoes, frame(99), frame(0)) == [None, None]
    assert not echoes.knows(frame(99))
    assert heard(echoes, frame(100), frame(WINDOW + 99)) == [100, WINDOW + 99]
    assert (echoes.lost, echoes.outstanding) == (WINDOW + 98, 0)
    assert echoes.skipped == WINDOW + 98


def test_a_search_goes_around_the_end_of_the_window() -> None:
    """A frame is found ahead and behind, wherever the ring begins."""
    echoes = said(WINDOW - 10)
    heard(echoes, frame(WINDOW - 11))
    for index in range(WINDOW - 10, WINDOW + 50):
        echoes.said(frame(index), 1.0)
    order = [WINDOW + 40, WINDOW - 5, WINDOW + 3]
    assert heard(echoes, *(frame(index) for index in order)) == order
    assert echoes.said_at(WINDOW + 40) == 1.0


def test_content_that_repeats_is_forgotten_one_by_one() -> None:
    """The content stays known as long as any frame of it is in the window."""
    echoes = said(WINDOW, lambda index: frame(index % (WINDOW // 2)))
    for index in range(WINDOW // 2):
        echoes.said(frame(WINDOW + index), 0.0)
    assert echoes.knows(frame(0))
    echoes.said(frame(-1), 0.0)
    assert not echoes.knows(frame(0))


def test_the_delay_grows_by_what_the_end_is_later_than_the_beginning() -> None:
    """Round trip and queue, median of a second against median of a second; less than two tell nothing."""
    echoes = said(200)
    for index in range(200):
        trip = 0.01 if index < 100 else 0.2
        echoes.heard(frame(index), index * 0.02 + trip, waiting=0 if index < 100 else 5)
        if index < 2 * SECOND - 1:
            assert (echoes.growth, echoes.delays) == (None, None)
    assert echoes.growth == pytest.approx(0.29)
    assert echoes.delays is not None
    assert echoes.delays[1] == pytest.approx(0.3)


FRAMES = st.lists(st.integers(0, 40), max_size=80)


@settings(max_examples=200, deadline=None)
@given(FRAMES, FRAMES)
def test_every_frame_and_every_message_is_counted_once(spoken: list[int], sent: list[int]) -> None:
    """Said is matched plus lost, and messages are matched, repeated or foreign, whatever comes."""
    echoes = said(len(spoken), lambda index: frame(spoken[index]))
    found = [index for index in heard(echoes, *(frame(number) for number in sent)) if index is not None]
    assert len(set(found)) == len(found) == echoes.matched
    assert all(0 <= index < len(spoken) for index in found)
    assert echoes.matched + echoes.lost == len(spoken)
    assert echoes.matched + echoes.repeated + echoes.foreign == len(sent)
    assert 0 <= echoes.skipped <= echoes.lost
    assert all(math.isfinite(trip) for trip in echoes.trips)


@settings(max_examples=200, deadline=None)
@given(st.permutations(range(30)), st.integers(0, 30))
def test_an_order_of_different_frames_is_matched_whole(order: list[int], kept: int) -> None:
    """Different frames in any order all come back; those that come after a later one are out of order."""
    echoes = said(30)
    assert heard(echoes, *(frame(number) for number in order[:kept])) == order[:kept]
    overtaken = sum(number < max(order[:place], default=-1) for place, number in enumerate(order[:kept]))
    assert (echoes.matched, echoes.lost, echoes.reordered) == (kept, 30 - kept, overtaken)
