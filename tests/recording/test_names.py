"""Names of recordings."""

from __future__ import annotations

import pytest

from echo.recording.names import finished, in_the_making, stem


def test_a_name_has_date_number_and_chance() -> None:
    """Nothing in it is a peer's."""
    assert stem(1_800_000_000.9, 12, b"\x9f\x3a\x5c\x01") == "20270115T080000Z-call-12-9f3a5c01"


@pytest.mark.parametrize("kind", ["wav", "flac", "json"])
def test_our_names_are_known_again(kind: str) -> None:
    """A name says which recording it is of, what it holds, and whether it is finished."""
    name = stem(0.0, 7, bytes(4))
    assert finished(f"{name}.{kind}") == (name, kind)
    assert in_the_making(f"{name}.{kind}.part") == (name, kind)
    assert finished(f"{name}.{kind}.part") is None
    assert in_the_making(f"{name}.{kind}") is None


@pytest.mark.parametrize("name", ["", "a.wav", "../19700101T000000Z-call-7-00000000.wav", "x\n.wav"])
def test_other_names_are_nothing_to_us(name: str) -> None:
    """What we did not name is not ours."""
    assert finished(name) is None
    assert in_the_making(f"{name}.part") is None
