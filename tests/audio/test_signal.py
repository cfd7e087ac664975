"""What a caller says: the numbered melody, tones, silence and audio at hand."""

from __future__ import annotations

import math
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.audio.format import RATES, AudioFormat
from echo.audio.level import level
from echo.audio.signal import LOUDEST_TONE, NUMBERS, Numbered, Pcm, Silence, Tone, _melody

#: The melody repeats after so many frames, apart from their numbers: 8 bells of 0.4 s.
CYCLE = 160
TEN_MINUTES = 10 * 60 * 50
A_DAY = 24 * 60 * 60 * 50

numbers = st.tuples(st.integers(0, NUMBERS - 1), st.integers(0, A_DAY))
formats = st.sampled_from([AudioFormat(rate) for rate in RATES])


def samples(pcm: bytes) -> tuple[int, ...]:
    """Read PCM as the provider's format has it."""
    return struct.unpack(f"<{len(pcm) // 2}h", pcm)


def number_in(frame: bytes) -> tuple[int, int]:
    """Read the numbers of call and frame from the four low bits of the first twelve samples."""
    nibbles = "".join(f"{sample & 15:x}" for sample in samples(frame[:24]))
    return int(nibbles[:6], 16), int(nibbles[6:], 16)


def swapped(frame: bytes) -> bytes:
    """Swap the two bytes of each sample."""
    return struct.pack(f">{len(frame) // 2}h", *samples(frame))


def frequency(pcm: bytes, rate: int) -> float:
    """Estimate the frequency of a tone by how often it rises through zero, in whole cycles."""
    wave = samples(pcm)
    rises = [i for i in range(1, len(wave)) if wave[i - 1] < 0 <= wave[i]]
    return (len(rises) - 1) * rate / (rises[-1] - rises[0])


@given(formats, numbers, numbers)
def test_any_two_frames_differ(audio: AudioFormat, one: tuple[int, int], other: tuple[int, int]) -> None:
    """Frames of different number, in one call or in two, differ; the same number gives the same frame."""
    first, second = Numbered(audio, one[0]).frame(one[1]), Numbered(audio, other[0]).frame(other[1])
    assert (first == second) == (one == other)


@given(formats, numbers)
def test_a_frame_holds_its_number(audio: AudioFormat, number: tuple[int, int]) -> None:
    """The numbers can be read from each frame, whatever the melody is there: so all frames differ."""
    call, index = number
    assert number_in(Numbered(audio, call).frame(index)) == number


@pytest.mark.parametrize("rate", RATES)
def test_ten_minutes_have_no_frame_twice(rate: int) -> None:
    """Of 30000 frames in each of two calls no two are equal, and all have the size of a frame."""
    audio = AudioFormat(rate)
    frames = {Numbered(audio, call).frame(index) for call in (0, 1) for index in range(TEN_MINUTES)}
    assert len(frames) == 2 * TEN_MINUTES
    assert {len(frame) for frame in frames} == {audio.frame_bytes}


@pytest.mark.parametrize("rate", RATES)
def test_swapped_bytes_are_no_frame(rate: int) -> None:
    """No frame with its bytes swapped is one of any call: what follows the number is never in the melody."""
    signal = Numbered(AudioFormat(rate))
    frames = [signal.frame(index) for index in range(CYCLE)]
    assert signal.frame(CYCLE)[24:] == frames[0][24:]
    assert not {swapped(frame)[24:] for frame in frames} & {frame[24:] for frame in frames}


@pytest.mark.parametrize("rate", RATES)
def test_no_frame_begins_as_text_or_as_a_file(rate: int) -> None:
    """The first byte is one that UTF-8 has inside only, whatever the numbers are."""
    for call in range(16):
        signal = Numbered(AudioFormat(rate), call << 20)
        assert all(0x80 <= signal.frame(index)[0] <= 0xBF for index in range(CYCLE))
    with pytest.raises(UnicodeDecodeError):
        signal.frame(0).decode()


@pytest.mark.parametrize("rate", RATES)
def test_the_melody_is_quiet_and_never_silent(rate: int) -> None:
    """It has -20 dBFS in all, each frame from -31 to -14, and no sample comes near the limits."""
    signal = Numbered(AudioFormat(rate), NUMBERS - 1)
    frames = [signal.frame(index) for index in range(CYCLE)]
    assert level(b"".join(frames)) == pytest.approx(-20, abs=0.1)
    assert all(-31 < level(frame) < -14 for frame in frames)
    assert max(map(abs, samples(b"".join(frames)))) < 32768 * 10 ** (-9 / 20)


@pytest.mark.parametrize("rate", RATES)
def test_the_melody_has_no_clicks(rate: int) -> None:
    """No two samples are farther apart than in a steep sine of its size, at the ends of frames and loop too."""
    signal = Numbered(AudioFormat(rate), 0xABCDEF)
    wave = samples(b"".join(signal.frame(index) for index in range(2 * CYCLE)))
    peak = max(map(abs, wave))
    steepest = max(abs(b - a) for a, b in pairwise(wave))
    assert steepest < peak * 2 * math.pi * 1600 / rate


@pytest.mark.parametrize("call", [-1, NUMBERS])
def test_a_call_beyond_the_numbers_is_refused(call: int) -> None:
    """A number that would be cut, and so taken for another call's, is an error."""
    with pytest.raises(ValueError, match=f"call {call}: a number from 0 to 16777215 is required"):
        Numbered(AudioFormat(8000), call)


def test_the_melody_is_made_once_for_a_rate() -> None:
    """A thousand calls of a rate share one melody: neither time nor memory for another each."""
    before = _melody.cache_info().misses
    for call in range(1000):
        Numbered(AudioFormat(8000), call)
    assert _melody.cache_info().misses <= before + 1


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [300, 440, 697.5, 1000.1, 3400])
def test_a_tone_has_its_frequency_and_level(rate: int, hz: float) -> None:
    """Twelve seconds of it, more than its loop is long, have the frequency asked for and -12 dBFS."""
    tone = Tone(AudioFormat(rate), hz)
    pcm = b"".join(tone.frame(index) or b"" for index in range(600))
    assert frequency(pcm, rate) == pytest.approx(hz, abs=0.03)
    assert level(pcm) == pytest.approx(-12, abs=0.02)


@pytest.mark.parametrize("hz", [441, 333.3])
def test_a_tone_goes_on_smoothly(hz: float) -> None:
    """Each sample is the one of a single long sine, from frame to frame and from loop to loop."""
    tone = Tone(AudioFormat(8000), hz, -20)
    wave = samples(b"".join(tone.frame(index) or b"" for index in range(550)))
    peak = 32767 * 10 ** ((-20 - LOUDEST_TONE) / 20)
    assert all(abs(wave[i] - peak * math.sin(2 * math.pi * hz * i / 8000)) < 0.51 for i in range(len(wave)))


def test_the_loudest_tone_is_not_clipped() -> None:
    """At the loudest level a tone reaches full scale once and no further."""
    wave = samples(Tone(AudioFormat(8000), 2000, LOUDEST_TONE).frame(0) or b"")
    assert (max(wave), min(wave)) == (32767, -32767)
    assert wave[:5] == (0, 32767, 0, -32767, 0)


@pytest.mark.parametrize("hz", [0, -440, 0.01, 4000, 5000, math.nan, math.inf])
def test_a_frequency_that_cannot_be_is_refused(hz: float) -> None:
    """A tone needs a frequency above 0 and below half the rate."""
    with pytest.raises(
        ValueError, match=r"a tone of .* above 0 and below 4000 Hz \(half the rate\) is required"
    ):
        Tone(AudioFormat(8000), hz)


@pytest.mark.parametrize("level_dbfs", [0, -3, -97, math.nan])
def test_a_level_that_cannot_be_is_refused(level_dbfs: float) -> None:
    """A tone needs a level between the floor and a full-scale sine."""
    with pytest.raises(ValueError, match=r"a tone of .* dBFS: a level of -96 to -3.01 dBFS is required"):
        Tone(AudioFormat(8000), 440, level_dbfs)


@pytest.mark.parametrize("rate", RATES)
def test_silence_is_zeros(rate: int) -> None:
    """Silence has whole frames of zeros and no end."""
    audio = AudioFormat(rate)
    assert Silence(audio).frame(0) == Silence(audio).frame(10**9) == bytes(audio.frame_bytes)


@given(st.integers(0, 2000))
def test_audio_at_hand_comes_whole_and_then_ends(count: int) -> None:
    """The frames are the audio in order, the last filled up with silence, and then there are none."""
    pcm = struct.pack(f"<{count}h", *range(1, count + 1))
    said = Pcm(AudioFormat(8000), pcm)
    frames = [said.frame(index) for index in range(len(said) + 2)]
    assert frames[len(said) :] == [None, None]
    joined = b"".join(frame for frame in frames if frame is not None)
    assert joined == pcm.ljust(len(said) * 320, b"\0")
    assert 0 <= len(joined) - len(pcm) < 320


def test_half_a_sample_is_refused() -> None:
    """An odd number of bytes is no 16-bit audio."""
    with pytest.raises(ValueError, match="3 bytes of PCM: whole samples of two bytes are required"):
        Pcm(AudioFormat(8000), b"abc")
