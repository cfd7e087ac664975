"""The limits: each is documented, and they are consistent with each other."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict

import pytest

from echo.audio.format import RATES, AudioFormat
from echo.limits import BY_NAME, LAB, OUT_OF_THE_WAY, STANDARD, Limits

MIB = 1024 * 1024


@pytest.mark.parametrize("name", BY_NAME)
def test_each_is_told_with_unit_and_reason(name: str) -> None:
    """The documentation of a limit is in its field: unit, reason, and a default above nothing."""
    limit = BY_NAME[name]
    assert limit.metadata["unit"]
    assert len(limit.metadata["why"]) > 10
    assert isinstance(limit.default, int)
    assert limit.default > 0


@pytest.mark.parametrize("name", BY_NAME)
def test_lab_is_never_tighter(name: str) -> None:
    """Whatever passes under the standard limits passes under those of the lab."""
    assert getattr(LAB, name) >= getattr(STANDARD, name)


def test_a_provider_fits() -> None:
    """A thousand calls start in ten seconds from one address, or at once; half of the places are never the silent's."""
    assert STANDARD.upgrades_per_second * 10 >= 1000 <= STANDARD.upgrades_burst
    assert STANDARD.requests_per_second * 10 >= 10 * 1000 <= STANDARD.requests_burst
    assert STANDARD.max_silent_calls >= 1000
    assert STANDARD.max_silent_calls * 2 <= STANDARD.max_calls
    assert STANDARD.texts_burst >= STANDARD.log_lines_burst


def test_lab_lifts_sizes_rates_fragments_and_pings() -> None:
    """The lab takes messages of 16 MiB in any number of pieces, at any pace; deadlines and queue stay."""
    assert LAB.max_message == 16 * MIB
    lifted = {name for name, value in asdict(LAB).items() if value == OUT_OF_THE_WAY}
    assert lifted == {
        *("frames_per_second", "frames_burst", "pings_per_second", "pings_burst", "max_fragments"),
        *("texts_queued", "log_lines_per_second", "log_lines_burst"),
        *("http_log_per_second", "http_log_burst"),
        *("bytes_per_second", "bytes_burst", "texts_per_second", "texts_burst"),
        "reconnects_per_minute",
        *("upgrades_per_second", "upgrades_burst", "requests_per_second", "requests_burst", "max_memory"),
    }
    for name in ("queue_ms", "first_message_timeout", "idle_timeout", "ping_interval", "stuck_timeout"):
        assert getattr(LAB, name) == getattr(STANDARD, name)


def test_defaults_are_standard() -> None:
    """Without a choice the standard limits hold, and nobody can change them under way."""
    assert Limits() == STANDARD
    with pytest.raises(FrozenInstanceError):
        STANDARD.queue_ms = 1  # type: ignore[misc]  # that it cannot be done is what is tested


@pytest.mark.parametrize("rate", RATES)
def test_a_call_fits(rate: int) -> None:
    """A call that keeps to the contract is far from every limit that its peer could hit."""
    audio = AudioFormat(rate)
    frames_per_second = 1000 // audio.frame_ms
    assert audio.frame_bytes * 4 <= STANDARD.max_message
    assert frames_per_second * 2 <= STANDARD.frames_per_second
    assert frames_per_second * STANDARD.stuck_timeout <= STANDARD.frames_burst
    assert audio.frame_ms * 5 <= STANDARD.queue_ms
    bytes_per_second = audio.bytes_per_second + 8 * frames_per_second
    assert bytes_per_second * 4 <= STANDARD.bytes_per_second
    assert bytes_per_second * 2 * STANDARD.stuck_timeout <= STANDARD.bytes_burst


def test_deadlines_come_in_order() -> None:
    """Three pings fit before a peer is held for dead, and a slow one is told to be stuck, not silent."""
    assert STANDARD.ping_interval * 3 <= STANDARD.idle_timeout
    assert STANDARD.stuck_timeout < STANDARD.idle_timeout
    assert STANDARD.first_message_timeout <= STANDARD.ping_interval
