"""Tests of echo.service.log: where log lines go."""

from __future__ import annotations

import pytest
from twisted.logger import LogEvent, capturedLogs, formatEvent

from echo.service.log import LEVELS, TwistedLog


def say_all(log: TwistedLog) -> None:
    """Write a line of each level."""
    log.debug("debug")
    log.info("info")
    log.warn("warn")
    log.error("error")


@pytest.mark.parametrize("level", LEVELS)
def test_lines_below_the_level_are_silent(level: str) -> None:
    """Each level lets through itself and what is above it."""
    with capturedLogs() as events:
        say_all(TwistedLog(level))

    assert [formatEvent(event) for event in events if event["log_level"].name != "error"] == [
        each for each in LEVELS[LEVELS.index(level) :] if each != "error"
    ]
    assert any(formatEvent(event) == "error" for event in events)


@pytest.fixture(autouse=True)
def _errors_are_expected(logged_errors: list[LogEvent]) -> object:
    """Let these tests write errors."""
    yield
    logged_errors.clear()


def test_no_line_shows_a_pass() -> None:
    """What opens a socket is left out of whatever is written."""
    with capturedLogs() as events:
        TwistedLog("info").info("call 1 says wss://a/socket/AAAAAAAAAAAAAAAAAAAAAQ")

    assert [formatEvent(event) for event in events] == ["call 1 says wss://a/socket/..."]


def test_a_line_is_never_a_format() -> None:
    """Braces in a line are braces: a peer cannot reach into the event."""
    with capturedLogs() as events:
        TwistedLog("info").info("{log_namespace} {nothing}")

    assert formatEvent(events[0]) == "{log_namespace} {nothing}"


def test_a_failure_keeps_its_traceback() -> None:
    """A bug is logged as critical, along with the exception that is being handled."""
    with capturedLogs() as events:
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            TwistedLog("error").failure("call 1: broken")

    assert formatEvent(events[0]) == "call 1: broken"
    assert events[0]["log_failure"].check(ZeroDivisionError)


def test_the_level_can_change() -> None:
    """What was silent is written from then on, and the other way round."""
    log = TwistedLog("error")
    log.set_level("info")
    with capturedLogs() as events:
        log.info("info")
    log.set_level("warn")
    with capturedLogs() as silent:
        log.info("info")

    assert [formatEvent(event) for event in [*events, *silent]] == ["info"]
