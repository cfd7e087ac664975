"""What each provider's side says of a message."""

from __future__ import annotations

import pytest

from echo.audio.format import AudioFormat
from echo.phone.listening.far_end import BY_NAME, DOCUMENTED, WSBRIDGE, rate_of

AUDIO = AudioFormat(16000)


def test_the_documented_far_end_takes_exact_frames_only() -> None:
    """One frame in one piece is fine; another size or a fragmented message is told with its figures."""
    assert DOCUMENTED.complaint(7, 640, 1, AUDIO) is None
    assert (
        DOCUMENTED.complaint(7, 320, 1, AUDIO) == "message 7 has 320 bytes where a frame at 16000 Hz has 640"
    )
    told = DOCUMENTED.complaint(0, 640, 3, AUDIO)
    assert told == "message 0 came in 3 fragments where one WebSocket frame is required"


def test_the_published_module_ends_no_call() -> None:
    """It takes every size and any number of fragments without a word."""
    assert WSBRIDGE.complaint(0, 1, 5, AUDIO) is None


def test_far_ends_are_found_by_their_names() -> None:
    """The names of the option are those of the far ends."""
    assert BY_NAME == {"documented": DOCUMENTED, "wsbridge": WSBRIDGE}


@pytest.mark.parametrize(("size", "rate"), [(320, 8000), (640, 16000), (960, 24000), (1280, None)])
def test_a_size_tells_its_rate(size: int, rate: int | None) -> None:
    """The size of a frame belongs to one rate; other sizes to none."""
    assert rate_of(size) == rate
