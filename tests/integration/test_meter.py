"""``--meter`` over real sockets: what the phone's caller says is told in the log and to the operator, as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile  # type: ignore[import-untyped]

from echo.audio.format import RATES
from tests.apps.calling import Phone
from tests.audio.waves import key, samples, silence, tone
from tests.daemon import Watched


def said(folder: Path, rate: int) -> Path:
    """A file with a tone, a second of silence, three keys and a tone that is far too loud."""
    keys = [part for name in "42#" for part in (key(name, rate, 80), silence(rate, 80))]
    too_loud = tone(rate, 500, 440, 3.0)
    path = folder / f"said-{rate}.wav"
    soundfile.write(path, samples(rate, tone(rate, 1000, 440), silence(rate, 1000), *keys, too_loud), rate)
    return path


def test_the_line_of_the_end_tells_of_the_sound(phone: Phone, tmp_path: Path) -> None:
    """At each rate the same: how loud, how silent, which keys, and that it was clipped."""
    with Watched("--meter") as daemon:
        for rate in RATES:
            phone.dial(
                f"http://127.0.0.1:{daemon.port}/ncco",
                rate,
                "--audio",
                str(said(tmp_path, rate)),
                "--tail",
                "0",
            )
        for call in phone.heard():
            call.assert_sound()
        daemon.wait_for_log("clipped for")
        ended = daemon.calls()["ended"]
        assert sorted(call["rate"] for call in ended) == sorted(RATES)
        for call in ended:
            heard = call["metered"]["heard"]
            assert heard["level_dbfs"] == pytest.approx(-5.6, abs=0.3)
            assert heard["peak_dbfs"] == pytest.approx(0, abs=0.1)
            assert heard["clipped_seconds"] == pytest.approx(0.5, abs=0.05)
            assert 1.0 <= heard["longest_silence_seconds"] <= 1.1
            assert (call["metered"]["keys_in_band"], call["metered"]["clock_ppm"]) == ("42#", None)
            assert call["metered"]["said"] == heard
