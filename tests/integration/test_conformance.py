"""The daemon keeps to RFC 6455; with the limits of a public port it refuses by size, rate and fragments only."""

from __future__ import annotations

from tests.conformance import CASES, read_reports, run_cases


def test_every_case_passes_in_the_lab() -> None:
    """With ``--limits lab`` all cases without compression pass strictly."""
    verdicts = run_cases("lab")

    assert len(verdicts) == CASES
    assert [verdict for verdict in verdicts if not verdict.passed] == []


def test_the_standard_limits_refuse_and_nothing_else() -> None:
    """With the default limits, a case that does not pass was ended with 1008 or 1009."""
    verdicts = run_cases("standard")

    assert len(verdicts) == CASES
    assert [verdict for verdict in verdicts if not verdict.passed and not verdict.refused] == []


def test_a_failed_case_is_seen() -> None:
    """The reader of reports tells passed, refused, failed and non-strict cases apart."""
    said: dict[str, dict[str, object]] = {
        "1.1.1": {"behavior": "OK", "behaviorClose": "OK", "remoteCloseCode": 1000},
        "9.1.1": {"behavior": "FAILED", "behaviorClose": "FAILED", "remoteCloseCode": 1009},
        "2.1": {"behavior": "FAILED", "behaviorClose": "OK", "remoteCloseCode": 1000},
        "3.1": {"behavior": "NON-STRICT", "behaviorClose": "OK", "remoteCloseCode": None},
    }

    verdicts = read_reports({"server": said})

    assert [(verdict.case, verdict.passed, verdict.refused) for verdict in verdicts] == [
        ("1.1.1", True, False),
        ("2.1", False, False),
        ("3.1", False, False),
        ("9.1.1", False, True),
    ]
