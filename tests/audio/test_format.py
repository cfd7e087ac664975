"""The three audio formats: their sizes, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.audio.format import RATES, AudioFormat


@pytest.mark.parametrize(
    ("rate", "frame_bytes", "bytes_per_second"),
    [(8000, 320, 16000), (16000, 640, 32000), (24000, 960, 48000)],
)
def test_sizes(rate: int, frame_bytes: int, bytes_per_second: int) -> None:
    """A frame is 20 ms of 16-bit mono at each rate, and durations follow from it."""
    audio = AudioFormat(rate)
    assert audio.frame_ms == 20
    assert audio.frame_bytes == frame_bytes
    assert audio.bytes_per_second == bytes_per_second
    assert audio.content_type == f"audio/l16;rate={rate}"
    assert audio.milliseconds(frame_bytes) == 20
    assert audio.milliseconds(0) == 0
    assert audio.milliseconds(bytes_per_second * 3 // 2) == 1500


@pytest.mark.parametrize("rate", [0, -8000, 44100, 48000])
def test_other_rates_are_refused(rate: int) -> None:
    """A rate that the provider does not have is an error that tells the three."""
    with pytest.raises(ValueError, match=f"rate {rate}: one of 8000, 16000, 24000 is required"):
        AudioFormat(rate)


@pytest.mark.parametrize("rate", RATES)
def test_its_own_content_type_parses(rate: int) -> None:
    """What a format writes, it reads."""
    assert AudioFormat.parse(AudioFormat(rate).content_type) == AudioFormat(rate)


@pytest.mark.parametrize(
    "content_type",
    ["AUDIO/L16;RATE=16000", "audio/L16; rate=16000", "audio/l16 ;\trate = 16000", "Audio/l16;Rate =16000"],
)
def test_case_and_spaces_do_not_matter(content_type: str) -> None:
    """Case is free, and so are spaces and tabs around the semicolon and the equals sign."""
    assert AudioFormat.parse(content_type) == AudioFormat(16000)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "audio/l16",
        "audio/l16;rate=",
        "audio/l16;rate=16000 ",
        "audio/l16;rate=016000",
        "audio/l16;rate=160000",
        "audio/l16;rate=44100",
        'audio/l16;rate="16000"',
        "audio/l16;rate=16000;channels=1",
        "audio/l16;channels=1;rate=16000",
        "audio/l16,rate=16000",
        "audio/l16;\nrate=16000",
        "audio/l16;rate=16000\n",
        "audio/l24;rate=16000",
        "audio/pcm;rate=16000",
        "audio/l16;rate=\u0661\u0666\u0660\u0660\u0660",
        "a u d i o/l16;rate=16000",
        "audio/\u006c16;rate=16\u00a0000",
    ],
)
def test_what_the_provider_would_refuse_is_none(content_type: str) -> None:
    """Anything but the three formats is no format."""
    assert AudioFormat.parse(content_type) is None


SPACES = st.text(" \t", max_size=3)


@given(st.text(max_size=60) | st.from_regex(r"audio/l16\s*;\s*rate\s*=\s*\w+", fullmatch=True))
def test_a_format_says_what_was_written(text: str) -> None:
    """Whatever text there is: it is no format, or one whose own writing is the same but for spaces and case."""
    found = AudioFormat.parse(text)
    if found is not None:
        assert found.content_type == text.replace(" ", "").replace("\t", "").lower()
        assert AudioFormat.parse(found.content_type) == found


@given(st.sampled_from(RATES), SPACES, SPACES)
def test_spaces_do_not_matter(rate: int, before: str, after: str) -> None:
    """Each of the three formats is read with any spaces around its signs."""
    assert AudioFormat.parse(f"Audio/L16{before};{after}rate{before}={after}{rate}") == AudioFormat(rate)
