"""Runs scenarios one after the other and shows what became of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from echo.audio.format import AudioFormat
from echo.errors import PhoneError
from echo.phone.conduct import Conditions, conduct
from echo.phone.order import DEFAULT_RATE, Output, RunOrder
from echo.phone.reactor import Stop, run
from echo.phone.scenario.caller import ScenarioCaller, StepResult
from echo.phone.scenario.document import Scenario, read_scenario
from echo.phone.show.live import Watcher, watcher
from echo.phone.show.screen import look
from echo.phone.show.writing import write, write_document
from echo.phone.sound import load
from echo.phone.verdict.figures import milliseconds
from echo.phone.verdict.report import Report
from echo.untrusted import clean


@dataclass(frozen=True)
class Result:
    """
    What became of a scenario.

    Attributes:
        scenario: the one.
        steps: each with what happened.
        report: of its call.
    """

    scenario: Scenario
    steps: Sequence[StepResult]
    report: Report

    @property
    def exit_status(self) -> int:
        """0 if every step and every check passed, 1 if not, 2 if there was no call."""
        if self.report.exit_status == 2:
            return 2
        return int(bool(self.report.exit_status) or not all(step.passed for step in self.steps))

    def to_json(self) -> dict[str, Any]:
        """Make the object of ``--json``."""
        return {
            "name": self.scenario.name,
            "file": str(self.scenario.source),
            "passed": self.exit_status == 0,
            "exit_status": self.exit_status,
            "steps": [{**asdict(step), "at": milliseconds(step.at)} for step in self.steps],
            "call": self.report.to_json(),
        }

    def lines(self) -> list[str]:
        """Tell what happened: a line for the scenario, and one for each step that matters."""
        word = {0: "passed", 1: "FAILED", 2: "NO CALL"}[self.exit_status]
        told = [f"{word:8} {self.scenario.name} ({clean(str(self.scenario.source), 200)})"]
        for step in self.steps:
            mark = {True: "ok  ", False: "FAIL", None: "-   "}[step.passed]
            told.append(f"    {mark} {step.step}: {step.sentence}")
        if self.report.facts.problem:
            return [*told, f"    {self.report.facts.problem}"]
        return told + [f"    FAIL {check.sentence}" for check in self.report.failures]


def run_scenarios(order: RunOrder) -> int:
    """
    Run the scenarios of ``order``; print them and return the exit status.

    Raises:
        PhoneError: for a file that is no scenario, or one that a scenario plays and that is no audio, before
            anything is called.
    """
    scenarios = [_read(order, Path(path)) for path in order.paths]
    looks_on = watcher(sys.stderr, os.environ, quiet=order.output.quiet or order.output.as_json)
    results = run(lambda reactor, stop: _run_all(reactor, scenarios, looks_on, stop))
    status = 2 if len(results) < len(scenarios) else max(result.exit_status for result in results)
    _show(results, len(scenarios), status, order.output)
    return status


def _read(order: RunOrder, path: Path) -> Scenario:
    scenario = _with(order, read_scenario(path))
    for index, step in enumerate(scenario.steps):
        if step.verb == "play":
            try:
                load(Path(step.word), AudioFormat(scenario.order.rate or DEFAULT_RATE))
            except PhoneError as error:
                raise PhoneError(f"{clean(str(path), 200)}: steps[{index}].play: {error}") from None
    return scenario


def _with(order: RunOrder, scenario: Scenario) -> Scenario:
    """Let the options of the command have their way."""
    url = order.url or scenario.order.url
    if not url:
        shown = clean(str(scenario.source), 200)
        raise PhoneError(f"{shown}: url: an address is required, there or by --url")
    changed = replace(
        scenario.order,
        url=url,
        post=order.post or scenario.order.post,
        insecure=order.insecure,
        signature_secret=order.signature_secret,
        api_key=order.api_key,
        application_id=order.application_id,
        far_end=order.far_end or scenario.order.far_end,
    )
    return replace(scenario, order=changed)


async def _run_all(
    reactor: Any, scenarios: Sequence[Scenario], looks_on: Watcher, stop: Stop
) -> list[Result]:
    results = []
    for scenario in scenarios:
        if not stop.asked:
            looks_on.step(f"{scenario.name}: calling {scenario.order.url}")
            results.append(await _run_one(reactor, scenario, looks_on, stop))
    return results


async def _run_one(reactor: Any, scenario: Scenario, looks_on: Watcher, stop: Stop) -> Result:
    caller = ScenarioCaller(scenario.steps)
    report = await conduct(reactor, scenario.order, looks_on, stop, Conditions(caller=lambda _: caller))
    ended = report.facts.ended
    steps = caller.finish("", None) if ended is None else caller.finish(ended.by, ended.at)
    # an application that hangs up when it is expected to does not leave too early
    finished = all(step.passed for step in steps)
    facts = replace(report.facts, dtmf_sent=caller.pressed, finished=finished)
    return Result(scenario, steps, Report(facts, report.expectations))


def _show(results: Sequence[Result], wanted: int, status: int, output: Output) -> None:
    """Show what became of the scenarios; a person may have stopped them before all ``wanted`` ones were run."""
    if output.as_json:
        scenarios = [result.to_json() for result in results]
        document = {"passed": status == 0, "exit_status": status, "scenarios": scenarios}
        write_document(document, sys.stdout)
        return
    lines = [line for result in results if result.exit_status or not output.quiet for line in result.lines()]
    passed = sum(result.exit_status == 0 for result in results)
    not_run = f", {wanted - len(results)} not run" if wanted > len(results) else ""
    lines.append(f"{passed} of {wanted} scenarios passed{not_run}")
    write([[(line, "")] for line in lines], sys.stdout, look(sys.stdout, os.environ))
