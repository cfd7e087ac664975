"""Figures as a person reads them, and pictures of them."""

from __future__ import annotations

import pytest

from echo.phone.show import meters


@pytest.mark.parametrize(
    ("share", "unicode", "ascii_only"),
    [
        (0.0, "    ", "    "),
        (-1.0, "    ", "    "),
        (0.5, "██  ", "##  "),
        (0.53125, "██▏ ", "##  "),
        (0.97, "███▉", "####"),
        (1.0, "████", "####"),
        (2.0, "████", "####"),
        (1 / 256, "    ", "    "),
    ],
)
def test_a_bar_is_as_long_as_its_share(share: float, unicode: str, ascii_only: str) -> None:
    """A bar has eighths of a cell, or whole ones in ASCII, and the same width always."""
    assert meters.bar(share, 4, unicode=True) == unicode
    assert meters.bar(share, 4, unicode=False) == ascii_only


@pytest.mark.parametrize(
    ("level", "unicode", "ascii_only"),
    [(-96.0, "▕    ▏", "[    ]"), (-30.0, "▕██  ▏", "[##  ]"), (0.0, "▕████▏", "[####]")],
)
def test_a_meter_goes_from_quiet_to_loud(level: float, unicode: str, ascii_only: str) -> None:
    """-60 dBFS is an empty meter, 0 dBFS a full one."""
    assert meters.meter(level, 4, unicode=True) == unicode
    assert meters.meter(level, 4, unicode=False) == ascii_only


@pytest.mark.parametrize(("level", "style"), [(-60, "green"), (-12, "yellow"), (-3, "red"), (0, "red")])
def test_loud_is_red(level: float, style: str) -> None:
    """A level that may be clipped is red."""
    assert meters.level_style(level) == style


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0.00 ms"),
        (8.434, "8.43 ms"),
        (84.34, "84.3 ms"),
        (843.4, "843 ms"),
        (1250, "1.25 s"),
        (-12.5, "-12.5 ms"),
    ],
)
def test_times_have_three_digits(value: float | None, text: str) -> None:
    """A time is given as exactly as one reads it."""
    assert meters.milliseconds(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.99, "0:59"), (60, "1:00"), (754, "12:34"), (3723, "1:02:03")]
)
def test_the_clock(seconds: float, text: str) -> None:
    """Minutes and seconds, and hours where there are any."""
    assert meters.clock(seconds) == text


def test_numbers_agree_with_their_nouns() -> None:
    """One is singular, all else is plural."""
    found = [meters.counted(1, "frame"), meters.counted(0, "frame"), meters.counted(2, "reply", "replies")]
    assert found == ["1 frame", "0 frames", "2 replies"]
