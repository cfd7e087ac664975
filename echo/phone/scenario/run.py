"""Runs scenarios one after the other and shows what became of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from echo.audio.format import AudioFormat
from echo.errors import PhoneError
from echo.phone.conduct import Conditions, conduct
from echo.phone.order import DEFAULT_RATE, Output, RunOrder
from echo.phone.reactor import INTERRUPTED, Stop, run
from echo.phone.scenario.caller import ScenarioCaller, StepResult
from echo.phone.scenario.document import Scenario, read_scenario
from echo.phone.scenario.shown import as_lines
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
        """0 if every step and check passed, 1 if one failed, 2 if there was no call or Ctrl-C left steps undone."""
        if self.report.exit_status or any(step.passed is False for step in self.steps):
            return self.report.exit_status or 1
        return 0 if all(step.passed for step in self.steps) else 2

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


def run_scenarios(order: RunOrder) -> int:
    """
    Run the scenarios of ``order``; print them and return the exit status.

    Raises:
        PhoneError: for files that are no scenarios, or that a scenario plays and that are no audio, before
            anything is called; a line for each mistake.
    """
    scenarios = _read_all(order)
    looks_on = watcher(sys.stderr, os.environ, quiet=order.output.quiet or order.output.as_json)
    results = run(lambda reactor, stop: _run_all(reactor, scenarios, looks_on, stop))
    status = 2 if len(results) < len(scenarios) else max(result.exit_status for result in results)
    _show(results, len(scenarios), status, order.output)
    return status


def _read_all(order: RunOrder) -> list[Scenario]:
    scenarios, problems = [], list[str]()
    for path in order.paths:
        try:
            scenarios.append(_read(order, Path(path)))
        except PhoneError as error:
            problems.append(str(error))
    if problems:
        raise PhoneError("\n".join(problems))
    return scenarios


def _read(order: RunOrder, path: Path) -> Scenario:
    """Read a file, and look at what it needs."""
    scenario = _with(order, read_scenario(path))
    problems = [*_lacking(scenario), *_unplayable(scenario)]
    if problems:
        raise PhoneError("\n".join(f"{clean(str(path), 200)}: {problem}" for problem in problems))
    return scenario


def _lacking(scenario: Scenario) -> Iterator[str]:
    if not scenario.order.url:
        yield "url: an address is required, there or by --url"


def _unplayable(scenario: Scenario) -> Iterator[str]:
    told = dict[str, str | None]()
    for index, step in enumerate(scenario.steps):
        if step.verb != "play":
            continue
        if step.word not in told:  # an hour of audio takes seconds
            told[step.word] = _why_unplayable(step.word, scenario.order.rate or DEFAULT_RATE)
        if (problem := told[step.word]) is not None:
            yield f"steps[{index}].play: {problem}"


def _why_unplayable(path: str, rate: int) -> str | None:
    try:
        load(Path(path), AudioFormat(rate))
    except PhoneError as error:
        return str(error)
    return None


def _with(order: RunOrder, scenario: Scenario) -> Scenario:
    """Let the options of the command have their way."""
    changed = replace(
        scenario.order,
        url=order.url or scenario.order.url,
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
    how = None if ended is None else (INTERRUPTED if report.facts.interrupted else ended.by)
    steps = caller.finish(how, ended.at if ended is not None else None)
    # an application that hangs up when it is expected to does not leave too early
    finished = all(step.passed for step in steps)
    facts = replace(report.facts, finished=finished)
    return Result(scenario, steps, Report(facts, report.expectations))


def _show(results: Sequence[Result], wanted: int, status: int, output: Output) -> None:
    """Show what became of the scenarios; a person may have stopped them before all ``wanted`` ones were run."""
    scenarios = [result.to_json() for result in results]
    document = {"passed": status == 0, "exit_status": status, "scenarios": scenarios}
    if output.as_json:
        write_document(document, sys.stdout)
        return
    screen = look(sys.stdout, os.environ)
    write(as_lines(document, wanted, screen, output), sys.stdout, screen)
