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
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from echo.errors import PhoneError
from echo.phone.order import DEFAULT_DURATION, DEFAULT_TAIL
from echo.phone.sound import MAX_SECONDS
from echo.phone.words import moment

#: The arguments of a Python that runs the phone; -P: an echo.py in the folder of a test suite is not ours.
_PHONE = (sys.executable, "-P", "-m", "echo.phone")

_WRONG_USAGE = 64

#: What a call may take besides what the caller says, in seconds: the answer URL and its fallback are asked twice
#: each, waits of the NCCO are 10 s at most, the socket has 6 s to open, and the last events 10 s to be taken.
MARGIN: Final = 120.0


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
        if key not in self._report and "problem" in self._report:
            raise KeyError(f"there is no {key!r} in this report: {self._report['problem']}")
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

    def __call__(self, url: str, *, timeout: float | None = None, **options: object) -> CallReport:
        """
        Call ``url`` and wait for the end of the call.

        Args:
            url: an answer URL or a socket.
            timeout: the most seconds that the call may take; ``None`` for what the caller says, the tail and
                two minutes. An application that connects one call to several sockets may need more.
            options: see above.

        Raises:
            ValueError: for options that the phone does not have.
            TimeoutError: if the call took longer.
        """
        if str(url).startswith("-"):
            raise ValueError(f"{url!r} is no URL: an answer URL or a socket is required")
        longest = _longest_call(options) if timeout is None else timeout
        return CallReport(_run(["call", str(url), *_arguments(options)], longest))

    def scenario(self, path: object, *, timeout: float | None = None, **options: object) -> CallReport:
        """
        Run a scenario file, as ``echo-phone run`` does; its report is in ``report["scenarios"]``.

        ``timeout`` is ``None`` for what its steps may take and two minutes; errors are those of a call.
        """
        if str(path).startswith("-"):
            raise ValueError(f"{path!r} is not the path of a file; write ./ before it")
        longest = _longest_scenario(str(path)) if timeout is None else timeout
        return CallReport(_run(["run", str(path), *_arguments(options)], longest))

    async def call(self, url: str, **options: Any) -> CallReport:
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
        if option == "--help":
            raise ValueError("help is no option of a call")
        if value is True:
            arguments.append(option)
        elif value is not None and value is not False:
            each: Sequence[object] = value if isinstance(value, list | tuple) else [value]
            arguments += [f"{option}={one}" for one in each]
    return arguments


def _longest_call(options: Mapping[str, object]) -> float:
    """Tell how many seconds a call may take; what is no time is refused by the phone itself."""
    talk = options.get("duration")
    if talk is None:
        talk = MAX_SECONDS if "audio" in options else DEFAULT_DURATION
    tail = options.get("tail", DEFAULT_TAIL)
    with suppress(ValueError):
        return moment(str(talk)) + moment(str(tail)) + MARGIN
    return MARGIN


def _longest_scenario(path: str) -> float:
    from echo.phone.scenario.document import read_scenario  # noqa: PLC0415  most tests have no scenario

    try:
        steps = read_scenario(Path(path)).steps
    except PhoneError:  # the phone itself says so
        return MARGIN
    return sum(MAX_SECONDS if step.verb == "play" else step.seconds for step in steps) + MARGIN


def _run(arguments: Sequence[str], longest: float) -> dict[str, Any]:
    command = [*_PHONE, *arguments, "--json"]
    try:
        done = subprocess.run(  # noqa: S603  our own command, without a shell
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=longest
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(
            f"the phone was ended as it was not done after {longest:g} s; if that is too short, give a timeout="
        ) from None
    told = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == _WRONG_USAGE:
        raise ValueError(told)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"passed": False, "problem": told or f"the phone ended with status {done.returncode}"}
    return report
