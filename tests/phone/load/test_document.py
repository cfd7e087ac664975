"""Tests of echo.phone.load.document: the report of a load for machines."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from echo.phone.load import document
from echo.phone.load.document import LoadReport
from echo.phone.load.figures import Figures
from tests.phone.load.loads import TERMS, ended_load, figures


def told(counted: Figures, **changes: Any) -> dict[str, Any]:
    """The report as it is printed."""
    report = LoadReport(replace(TERMS, **changes), counted)
    return cast("dict[str, Any]", json.loads(json.dumps(report.to_json(), allow_nan=False)))


def test_a_report_has_its_documented_keys() -> None:
    """Each key of the object stands in the table of the module, with and without calls."""
    whole, nothing = told(ended_load()), told(figures())

    assert list(whole) == list(nothing)
    for key in whole:
        assert key in (document.__doc__ or ""), key


def test_times_are_milliseconds() -> None:
    """A round trip of 4 ms is 4, a load of 20 s is 20000, and the process ran 50 ms for each frame."""
    report = told(ended_load())

    assert report["passed"] is True
    assert report["duration"] == 20000.0
    assert report["round_trip"] == {
        "p50": pytest.approx(4.0, rel=0.01),
        "p95": pytest.approx(4.0, rel=0.01),
        "p99": pytest.approx(4.0, rel=0.01),
        "max": 4.0,
        "frames": 100,
    }
    assert report["setup"]["upgrade"]["max"] == 12.0
    assert report["setup"]["ncco"] == {"p50": None, "p95": None, "p99": None, "max": None, "count": 0}
    assert report["phone"] == {
        "bottleneck": False,
        "why": [],
        "late": {"p99": pytest.approx(0.5, rel=0.01), "max": 0.5},
        "cpu": 0.25,
        "waited": 0.0,
        "cpu_per_frame": 50000.0,
    }


def test_calls_and_their_reasons_are_counted() -> None:
    """Those that failed stand with their fate and reason."""
    counted = ended_load()
    counted.begun += 1
    counted.fates.add("not connected", "refused")
    report = told(counted)

    assert (report["passed"], report["exit_status"]) == (False, 1)
    assert report["calls"] == {
        "wanted": 2,
        "begun": 2,
        "connected": 1,
        "completed": 1,
        "goodbye": 0,
        "interrupted": 0,
        "failed": 1,
        "most_at_once": 1,
    }
    assert report["reasons"] == [{"fate": "not connected", "reason": "refused", "calls": 1}]


def test_each_interval_has_its_figures() -> None:
    """Frames add up to those of the whole load."""
    report = told(ended_load(frames=100, lost=3))
    first, second = report["intervals"]

    assert (first["begin"], first["end"], first["up"], first["begun"], second["up"]) == (0, 10000, 1, 1, 0)
    assert first["frames"]["out"] + second["frames"]["out"] == report["frames"]["out"] == 100
    assert first["frames"]["lost"] == report["frames"]["lost"] == 3
    assert first["round_trip"]["frames"] == 47
    assert (first["cpu"], first["waited"]) == (0.25, 0.0)
    assert first["late"]["max"] == 0.5


def test_without_a_call_what_was_not_measured_is_null() -> None:
    """The problem says why; a seed is there for random times only."""
    report = told(figures(), poisson=True, seed=7)

    assert (report["exit_status"], report["problem"]) == (2, "interrupted before a call was open")
    assert report["arrivals"] == {"rate": 10.0, "poisson": True, "seed": 7}
    assert report["jitter"] is None
    assert report["gaps"] == {"count": 0, "longest": None}
    assert report["phone"]["cpu_per_frame"] is None


def test_a_system_that_tells_nothing_of_waiting_is_not_made_to() -> None:
    """The share is null then."""
    assert told(ended_load(waited=None))["phone"]["waited"] is None
