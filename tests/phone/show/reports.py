"""A report as the verdict gives it, for tests of how it is shown."""

from __future__ import annotations

from typing import Any


def report(**changed: Any) -> dict[str, Any]:
    """Make the object of a call that was echoed well, but for what is ``changed``."""
    usual = {
        "passed": True,
        "exit_status": 0,
        "url": "ws://localhost:8000/socket",
        "answer_url": "http://localhost:8000/ncco",
        "rate": 16000,
        "far_end": "documented",
        "talked": "the built-in signal",
        "duration": 12003.5,
        "setup": {"ncco": 12.345, "upgrade": 4.0, "first_audio": 21.5},
        "round_trip": {"p50": 10.0, "p95": 15.0, "p99": 19.0, "max": 20.0, "frames": 500},
        "frames": {
            "in": 500,
            "out": 500,
            "echoed": 500,
            "lost": 0,
            "repeated": 0,
            "reordered": 0,
            "altered": 0,
        },
        "delay": {"first": 10.0, "last": 10.0, "growth": 0.0},
        "jitter": 1.234,
        "gaps": {"count": 0, "longest": 25.0},
        "underruns": 0,
        "silence": 0.0,
        "overflowed": 0,
        "queue_peak": 2,
        "wrong_sized": 0,
        "odd": 0,
        "fragmented": 0,
        "first_offender": None,
        "heard": "echo",
        "loudest": -20.0,
        "text_count": 0,
        "texts": [],
        "webhooks": [],
        "ncco": [],
        "steps": [],
        "dtmf": "",
        "ended": {"by": "caller", "code": None, "reason": "", "at": 12003.5},
        "interrupted": False,
        "late": {"p99": 0.2, "max": 0.9},
        "problem": None,
        "checks": [
            {"name": "upgrade", "passed": True, "sentence": "The socket opened in 4.00 ms."},
            {"name": "events", "passed": None, "sentence": "Not tried: no event was sent."},
        ],
    }
    return {**usual, **changed}


#: A check that failed.
FAILED = {
    "name": "frame-size",
    "passed": False,
    "sentence": "Message 0 has 1280 bytes where a frame has 640.",
}


def failed(**changed: Any) -> dict[str, Any]:
    """Make the object of a call that failed one check."""
    checks = [*report()["checks"], FAILED]
    return report(**{"passed": False, "exit_status": 1, "checks": checks, **changed})
