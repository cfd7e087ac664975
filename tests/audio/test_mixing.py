"""Everybody hears the others, whole, and nothing of themselves."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.audio.mixing import others

Frame = st.lists(st.integers(-32768, 32767), min_size=4, max_size=4)


def pcm(samples: list[int]) -> bytes:
    """Samples as PCM."""
    return np.array(samples, "<i2").tobytes()


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), Frame), max_size=6))
def test_each_hears_the_sum_of_the_others(said: list[list[int] | None]) -> None:
    """Sample by sample, clipped at the ends; nothing where no other says anything."""
    heard = others([None if each is None else pcm(each) for each in said])
    assert len(heard) == len(said)
    for number, frame in enumerate(heard):
        rest = [each for place, each in enumerate(said) if place != number and each is not None]
        if not rest:
            assert frame is None
            continue
        wanted = [max(-32768, min(32767, sum(samples))) for samples in zip(*rest, strict=True)]
        assert frame == pcm(wanted)


def test_nobody_is_heard_in_their_own_ear_however_loud() -> None:
    """One's own part is taken away before the sum is clipped."""
    loud, soft = pcm([32767] * 4), pcm([100] * 4)
    assert others([loud, soft, soft]) == [pcm([200] * 4), pcm([32767] * 4), pcm([32767] * 4)]
