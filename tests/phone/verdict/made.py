"""Facts for tests of single checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from echo.audio.format import AudioFormat
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.verdict.expectations import Expectations
from echo.phone.verdict.facts import Ended, Facts, Webhook
from echo.phone.verdict.report import Report
from tests.phone.listening.applications import App, Call

URL = "ws://127.0.0.1:5000/socket"
ANSWER_URL = "http://127.0.0.1:5000/ncco"


@dataclass(frozen=True)
class Found:
    """What a linter finds."""

    severity: str
    text: str

    def __str__(self) -> str:
        """Give its sentence."""
        return self.text


def opened(ended: Ended | None = None, *, finished: bool = True) -> Facts:
    """A call on which nothing is said and nothing comes."""
    hearing = Hearing(AudioFormat(16000), DOCUMENTED, 50.0)
    return Facts(
        URL, 16000, hearing=hearing, ended=ended or Ended("caller", None, "", 6.0), finished=finished
    )


def unopened(problem: str, failed_at: str = "upgrade") -> Facts:
    """No call."""
    return Facts(URL, 16000, problem=problem, failed_at=failed_at)


def called(app: App, seconds: float = 4.0) -> Facts:
    """A whole call."""
    return Call(app, seconds).make()


def webhook(
    kind: str = "event", problem: str | None = None, seconds: float = 0.01, attempts: int = 1
) -> Webhook:
    """One webhook, and what came of it."""
    status = "answered" if kind == "event" else ""
    return Webhook(kind, status, ANSWER_URL, 200, seconds, attempts, problem)


def outcome(
    facts: Facts, name: str, expected: str | None = None, limits: Mapping[str, float] | None = None
) -> tuple[bool | None, str]:
    """What one check of a call comes to."""
    checks = Report(facts, Expectations(expected, limits or {})).checks
    return next((check.passed, check.sentence) for check in checks if check.name == name)
