"""
RFC 6455, case by case: runs the Autobahn test-suite's cases, as kosoku drives them, against a real daemon.

::

    python -m tests.conformance               # --limits lab: all 301 cases must pass, none only "non-strict"
    python -m tests.conformance standard      # the limits of a public port: lists what they refuse

Cases of compression (12.* and 13.*) are left out: the daemon offers none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.daemon import Daemon

#: How many cases there are without those of compression.
CASES = 301

#: What the suite says of a case that passed. Informational cases have no right or wrong answer.
PASSED = frozenset({"OK", "INFORMATIONAL"})

#: Close codes with which a limit refuses: 1008 for rates and fragments, 1009 for sizes.
REFUSALS = frozenset({1008, 1009})


@dataclass(frozen=True)
class Verdict:
    """What became of one case."""

    case: str
    behavior: str
    behavior_close: str
    close_code: int | None

    @property
    def passed(self) -> bool:
        """Whether both the messages and the end of the connection were right, strictly."""
        return {self.behavior, self.behavior_close} <= PASSED

    @property
    def refused(self) -> bool:
        """Whether a limit ended the connection before the case was through."""
        return not self.passed and self.close_code in REFUSALS


def run_cases(limits: str) -> list[Verdict]:
    """Run all cases against a daemon with ``--app reflect`` and these limits."""
    with Daemon("--app", "reflect", "--limits", limits, "--log-level", "warn") as daemon:
        with tempfile.TemporaryDirectory() as reports:
            command = [str(Path(sys.executable).with_name("kosoku")), "-p", "4", "-x", "12.*", "-x", "13.*"]
            subprocess.run(
                [*command, "-o", reports, f"ws://127.0.0.1:{daemon.port}/"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,  # a failed case is told in the report
                timeout=120,
            )
            verdicts = read_reports(json.loads((Path(reports) / "index.json").read_text()))
        assert daemon.health()["calls_now"] == 0
    return verdicts


def read_reports(index: Mapping[str, Mapping[str, Mapping[str, object]]]) -> list[Verdict]:
    """Read the index of reports that kosoku writes: one server, its cases by number."""
    (cases,) = index.values()
    verdicts = []
    for case, told in cases.items():
        code = told.get("remoteCloseCode")
        verdicts.append(
            Verdict(
                case,
                str(told["behavior"]),
                str(told["behaviorClose"]),
                code if isinstance(code, int) else None,
            )
        )
    return sorted(verdicts, key=lambda verdict: [int(part) for part in verdict.case.split(".")])


def main(limits: str = "lab") -> int:
    """Run, print what did not pass, and return the exit status."""
    verdicts = run_cases(limits)
    for verdict in verdicts:
        if not verdict.passed:
            said = f"messages {verdict.behavior}, end {verdict.behavior_close}"
            print(f"  {verdict.case:8} {said}, close code {verdict.close_code}")
    passed = sum(verdict.passed for verdict in verdicts)
    refused = sum(verdict.refused for verdict in verdicts)
    print(f"--limits {limits}: {passed} of {len(verdicts)} cases passed, {refused} refused by a limit")
    return 0 if passed + (refused if limits == "standard" else 0) == CASES else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
