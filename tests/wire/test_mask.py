"""The mask: whoever computes it, RFC 6455 section 5.3 is what comes out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from echo.wire import mask
from tests.frames import masked

WAYS = [mask.apply_mask, mask.mask_by_number]


@settings(max_examples=50)
@given(st.sampled_from(WAYS), st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_masking_is_a_xor_with_the_key(way: mask.Masker, payload: bytes, key: bytes) -> None:
    """Every fourth byte with the same byte of the key, for any length and any key."""
    assert way(payload, key) == masked(payload, key)


def test_the_fast_one_is_there() -> None:
    """A dependency brings it in C; with numbers a frame costs 2 us more."""
    assert mask.apply_mask is not mask.mask_by_number
