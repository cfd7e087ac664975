"""What the meter costs is told for each rate."""

from __future__ import annotations

import pytest

from bench import meter


def test_a_line_for_each_rate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In microseconds a frame, whatever they are here."""
    monkeypatch.setattr(meter, "FRAMES", 100)
    monkeypatch.setattr(meter, "TIMES", 1)
    meter.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" Hz: ")[0].strip() for line in lines] == ["8000", "16000", "24000"]
    assert all(line.endswith(" microseconds a frame") for line in lines)
