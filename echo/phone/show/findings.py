"""What the linter found in an NCCO, for people and for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from echo.phone.show.meters import counted
from echo.phone.show.screen import Screen
from echo.phone.show.writing import Line, folded, visible
from echo.untrusted import clean

_STYLES: Final = {"error": "bold red", "warning": "yellow"}


class Finding(Protocol):
    """One thing that the linter found: an :class:`echo.ncco.lint.Finding`."""

    @property
    def severity(self) -> str:
        """How bad it is: ``error`` or ``warning``."""
        ...

    @property
    def path(self) -> str:
        """Where it is, as in ``$[1].endpoint[0].uri``."""
        ...

    @property
    def sentence(self) -> str:
        """What is wrong and what is allowed."""
        ...


def as_lines(source: str, findings: Sequence[Finding], screen: Screen, *, passed: bool) -> list[Line]:
    """Write a line for each finding, and one with the verdict."""
    lines: list[Line] = []
    for finding in findings:
        style = _STYLES.get(finding.severity, "")
        head: Line = [
            (f"{finding.severity:7}", style),
            (" ", ""),
            (visible(finding.path), "bold"),
            (": ", ""),
        ]
        lines += folded(head, finding.sentence, screen)
    return [*lines, _verdict(source, findings, passed=passed)]


def as_document(source: str, findings: Sequence[Finding], *, passed: bool) -> dict[str, Any]:
    """Give the findings as one JSON object: passed, exit_status, source, errors, warnings, findings."""
    return {
        "passed": passed,
        "exit_status": 0 if passed else 1,
        "source": source,
        **{f"{severity}s": _number(findings, severity) for severity in _STYLES},
        "findings": [
            {"severity": finding.severity, "path": finding.path, "sentence": finding.sentence}
            for finding in findings
        ],
    }


def _verdict(source: str, findings: Sequence[Finding], *, passed: bool) -> Line:
    word: Line = [("passed", "bold green")] if passed else [("failed", "bold red")]
    errors, warnings = _number(findings, "error"), _number(findings, "warning")
    return [
        *word,
        (f": {clean(source, 200)}: {counted(errors, 'error')}, {counted(warnings, 'warning')}", ""),
    ]


def _number(findings: Sequence[Finding], severity: str) -> int:
    return sum(finding.severity == severity for finding in findings)
