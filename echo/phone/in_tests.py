"""
The phone for test suites: ``phone(url, expect="echo")`` makes a call and returns its report.

Each call is a process of its own: the application under test may have any event loop, or be written in any
language, and a test ends no reactor of somebody else's.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

#: The arguments of a Python that runs the phone; -P: an echo.py in the folder of a test suite is not ours.
_PHONE = (sys.executable, "-P", "-m", "echo.phone")

_WRONG_USAGE = 64


class CallReport(Mapping[str, Any]):
    """
    What ``echo-phone call --json`` prints; read it as the dictionary that it is, or by the names below.

    Its text is the sentences of what failed, so that ``assert report.passed`` tells them.
    """

    def __init__(self, report: Mapping[str, Any]) -> None:
        self._report = report

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return bool(self._report["passed"])

    @property
    def failures(self) -> list[str]:
        """One sentence for each failed check, or why there was no call; of all scenarios, if it has some."""
        failed = _failures(self._report)
        for scenario in self._report.get("scenarios", []):
            steps = [step for step in scenario["steps"] if step["passed"] is False]
            told = [f"{step['step']}: {step['sentence']}" for step in steps] + _failures(scenario["call"])
            failed += [f"{scenario['name']}: {sentence}" for sentence in told]
        return failed

    def assert_passed(self) -> None:
        """Fail the test with one line for each failure, which pytest shows as they are."""
        if not self.passed:
            raise AssertionError("\n".join(["the call failed", *self.failures]))

    def __getitem__(self, key: str) -> Any:
        return self._report[key]

    def __iter__(self) -> Any:
        return iter(self._report)

    def __len__(self) -> int:
        return len(self._report)

    def __repr__(self) -> str:
        return "<call passed>" if self.passed else "\n".join(["<call failed>", *self.failures])


class Phone:
    """
    Makes calls.

    Options are those of ``echo-phone call`` with underscores: ``phone(url, duration=2, max_p99="50ms",
    dtmf=["1:12#", "2:3"], silence=True)``. A name that Python keeps for itself gets one more: ``from_="4477..."``.
    """

    def __call__(self, url: str, **options: object) -> CallReport:
        """
        Call ``url`` and wait for the end of the call.

        Raises:
            ValueError: for options that the phone does not have.
        """
        return CallReport(_run(["call", url, *_arguments(options)]))

    def scenario(self, path: object, **options: object) -> CallReport:
        """Run a scenario file, as ``echo-phone run`` does; its report is in ``report["scenarios"]``."""
        return CallReport(_run(["run", str(path), *_arguments(options)]))

    async def call(self, url: str, **options: object) -> CallReport:
        """Do the same for a test on an asyncio loop, which goes on meanwhile and may serve the application."""
        return await asyncio.to_thread(self, url, **options)


def _failures(report: Mapping[str, Any]) -> list[str]:
    problem = report.get("problem")
    checks = report.get("checks", [])
    failed = [f"{check['name']}: {check['sentence']}" for check in checks if check["passed"] is False]
    return failed or ([str(problem)] if problem else [])


def _arguments(options: Mapping[str, object]) -> list[str]:
    arguments: list[str] = []
    for name, value in options.items():
        option = f"--{name.rstrip('_').replace('_', '-')}"
        if value is True:
            arguments.append(option)
        elif value is not None and value is not False:
            each: Sequence[object] = value if isinstance(value, list | tuple) else [value]
            arguments += [f"{option}={one}" for one in each]
    return arguments


def _run(arguments: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  our own command, without a shell
        [*_PHONE, *arguments, "--json"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    told = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == _WRONG_USAGE:
        raise ValueError(told)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"passed": False, "problem": told or f"the phone ended with status {done.returncode}"}
    return report
