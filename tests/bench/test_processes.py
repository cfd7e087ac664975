"""The programs that the benchmark runs."""

from __future__ import annotations

import sys

import pytest

from bench.processes import FailedError, Server, free_port, run


def test_a_server_that_is_not_there_has_failed() -> None:
    """One that cannot even be started costs its own line, not the campaign."""
    with pytest.raises(FailedError, match="no-such-server"):
        Server(["/no-such-server"], free_port(), {}, None)


def test_a_server_that_ends_at_once_tells_why() -> None:
    """The end of what it wrote is in the reason."""
    command = [sys.executable, "-c", "raise SystemExit('the port is taken')"]
    with (
        pytest.raises(FailedError, match="did not start: the port is taken"),
        Server(command, free_port(), {}, None),
    ):
        pass


def test_a_program_that_fails_tells_why() -> None:
    """Its exit status and the end of its errors; one that is not there is told as well."""
    with pytest.raises(FailedError, match="exit status 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(FailedError, match="no-such-program"):
        run(["/no-such-program"])
