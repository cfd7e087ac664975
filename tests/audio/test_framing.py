"""PCM of any length becomes exact frames, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.audio.format import RATES, AudioFormat
from echo.audio.framing import Framer


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.sampled_from(RATES), st.lists(st.binary(max_size=2000), max_size=20))
def test_pieces_become_the_same_audio_in_exact_frames(rate: int, pieces: list[bytes]) -> None:
    """However a stream is cut, its frames are whole and are that stream; less than a frame is left over."""
    audio = AudioFormat(rate)
    framer = Framer(audio)
    frames = [frame for piece in pieces for frame in framer.cut(piece)]
    assert {len(frame) for frame in frames} <= {audio.frame_bytes}
    assert b"".join(frames) + framer.rest == b"".join(pieces)
    assert framer.missing == audio.frame_bytes - len(framer.rest) > 0


@pytest.mark.parametrize("rate", RATES)
def test_the_tail_is_filled_up_with_silence(rate: int) -> None:
    """What is left over becomes a last frame once, and nothing makes none."""
    audio = AudioFormat(rate)
    framer = Framer(audio)
    assert framer.pad() == b""
    assert list(framer.cut(b"\x01\x02")) == []
    assert framer.pad() == b"\x01\x02" + bytes(audio.frame_bytes - 2)
    assert framer.pad() == b""


def test_half_a_sample_is_left_out() -> None:
    """A byte without its other half would be a click."""
    framer = Framer(AudioFormat(8000))
    assert list(framer.cut(b"\x01\x02\x03")) == []
    assert framer.pad() == b"\x01\x02" + bytes(318)
