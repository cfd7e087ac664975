"""Scenarios as people see them: the steps with their marks, what the provider would object to, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from echo.phone.order import Output
from echo.phone.reactor import INTERRUPTED
from echo.phone.show.report import checks, report_lines
from echo.phone.show.screen import Screen
from echo.phone.show.writing import Line, folded, visible
from echo.untrusted import clean

_VERDICTS: Final = {0: ("passed", "bold green"), 1: ("failed", "bold red"), 2: ("no call", "bold red")}
_INTERRUPTED: Final = (INTERRUPTED, "bold red")


def as_lines(told: Mapping[str, Any], wanted: int, screen: Screen, output: Output) -> list[Line]:
    """
    Write what became of scenarios.

    Args:
        told: the object of ``--json``.
        wanted: how many were to be run.
        screen: where it will be shown.
        output: with ``quiet`` only what failed, with ``verbose`` the whole report of each call.
    """
    results = told["scenarios"]
    lines: list[Line] = []
    for result in results:
        if result["exit_status"] or not output.quiet:
            lines += [*_scenario(result, screen, output), []]
    passed = sum(result["passed"] for result in results)
    not_run = f", {wanted - len(results)} not run" if wanted > len(results) else ""
    return [*lines, [(f"{passed} of {wanted} scenarios passed{not_run}", "bold")]]


def _scenario(result: Mapping[str, Any], screen: Screen, output: Output) -> list[Line]:
    call = result["call"]
    lines: list[Line] = [[(visible(result["name"]), "bold"), (f" ({clean(result['file'], 200)})", "dim")]]
    if output.verbose:
        lines += report_lines(call, screen, verbose=True)
    steps = [{**step, "name": step["step"]} for step in result["steps"]]
    lines += checks(steps, screen, failed_only=output.quiet)
    if call["problem"] is None and not output.verbose:
        lines += checks(call["checks"], screen, failed_only=True)
    return [*lines, *_verdict(result, screen)]


def _verdict(result: Mapping[str, Any], screen: Screen) -> list[Line]:
    undone = result["exit_status"] == 2 and result["call"]["problem"] is None
    head: Line = [_INTERRUPTED if undone else _VERDICTS[result["exit_status"]]]
    why = _why(result)
    return folded([*head, (": ", "")], why, screen) if why else [head]


def _why(result: Mapping[str, Any]) -> str:
    """Say what kept a scenario from passing."""
    call = result["call"]
    if call["problem"] is not None:
        return str(call["problem"])
    return ", ".join([*_failed(result["steps"], "step"), *_failed(call["checks"], "name")])


def _failed(found: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [str(each[name]) for each in found if each["passed"] is False]
