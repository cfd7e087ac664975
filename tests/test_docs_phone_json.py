"""docs/phone-json.rst documents each key that ``--json`` prints, and no other; and when it is null."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from echo.audio.format import AudioFormat
from echo.phone.caller import speech_can_be_made
from echo.phone.commands.main import main
from echo.phone.faults.shown import as_document
from echo.phone.faults.torture import Torture
from echo.phone.faults.trials import Result
from echo.phone.listening.far_end import WSBRIDGE
from echo.phone.listening.hearing import Hearing
from echo.phone.load.counts import Usage
from echo.phone.load.document import LoadReport
from echo.phone.order import CallOrder
from echo.phone.rest.run import as_document as rest_document
from echo.phone.scenario import run as scenario_run
from echo.phone.scenario.caller import StepResult
from echo.phone.scenario.document import Scenario
from echo.phone.verdict.facts import Ended, Facts, Reconnect, Setup
from echo.phone.verdict.report import Report
from tests.phone.load.loads import TERMS, ended_load, figures
from tests.phone.verdict.made import ANSWER_URL, URL, Found, unopened, webhook
from tests.test_docs import text_of

DOCUMENT = "docs/phone-json.rst"

#: A row's key, then its columns.
_ROW = re.compile(r"^``([\w.\[\]]+)`` ")


def documented(section: str) -> dict[str, bool]:
    """The keys of a section, and whether each may be null."""
    text = re.split(rf"^{section}\n-+\n", text_of(DOCUMENT), flags=re.MULTILINE)[1]
    table = re.split(r"^\S.*\n-+\n", text, flags=re.MULTILINE)[0].splitlines()
    columns = [match.span() for match in re.finditer("=+", next(line for line in table if line[:3] == "==="))]
    begin, end = columns[2]
    return {found[1]: bool(line[begin:end].strip()) for line in table if (found := _ROW.match(line))}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """Each key of a document by its path, and whether it is null there."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, f"{path}[]")
    else:
        yield path, value is None


def assert_documented(section: str, *documents: Any, within: tuple[str, ...] = ()) -> None:
    """
    Compare the keys of documents, which together hold all there are, with those of a section.

    Args:
        section: its title.
        documents: what is printed.
        within: keys that stand for objects which are documented elsewhere.
    """
    told, found = documented(section), {leaf for each in documents for leaf in leaves(each)}
    found = {(path, null) for path, null in found if not path.startswith(tuple(f"{key}." for key in within))}
    paths = {path for path, _ in found} | set(within)
    objects = {key for key in told if any(path.startswith(f"{key}.") for path in paths)}
    assert sorted(paths - set(told)) == [], "not documented"
    assert sorted(set(told) - paths - objects) == [], "documented, and not there"
    assert sorted(path for path, null in found if null and not told[path]) == [], "null, which is not told"
    seen_null = {path for path, null in found if null}
    assert sorted(key for key, may in told.items() if may and key not in seen_null) == [], "never null"


def whole_call() -> Report:
    """A call with one of everything: an offender, texts, webhooks, findings."""
    hearing = Hearing(AudioFormat(16000), WSBRIDGE, 50.0)
    for index in range(120):
        frame = index.to_bytes(2, "big") * 320
        hearing.said(frame, 50 + index * 0.02)
        hearing.heard(frame, 1, 50.01 + index * 0.02)
    hearing.heard(b"\1\2", 1, 53.0)
    for text in ('{"action": "clear"}', "no command"):
        hearing.text(text, 53.0)
    hearing.play(53.0)
    facts = Facts(URL, 16000, answer_url=ANSWER_URL, setup=Setup(0.1, 0.1), seconds=4.0, hearing=hearing)
    facts.ended = Ended("application", 1000, "bye", 4.0)
    facts.lateness.append(0.001)
    facts.ncco, facts.steps = [Found("warning", "$[0]: odd")], ["connect"]
    facts.webhooks = [webhook(), webhook("answer", "it answered 500")]
    facts.reconnects = [Reconnect(2.0, 1.0)]
    return Report(facts)


def calls() -> list[Any]:
    """Reports of a call: whole, without a Close frame, without an answer to a webhook, and none at all."""
    broken, none = whole_call(), unopened("refused")
    broken.facts.ended = Ended("caller", None, "", 4.0)
    nobody = webhook(problem="nobody listens there")
    broken.facts.webhooks = [type(nobody)("event", "started", URL, None, 1.0, 2, "nobody listens there")]
    return [whole_call().to_json(), broken.to_json(), Report(none).to_json()]


def what_is_printed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command prints with --json."""
    main([*words, "--json"])
    return json.loads(capsys.readouterr().out)


def test_a_call_is_documented() -> None:
    """Each key of a report of ``call`` and ``replay``."""
    assert_documented("call and replay", *calls())


def test_a_load_is_documented() -> None:
    """Each key of a report of ``load``, with calls, with failed ones, and with none."""
    failed, nothing, empty = ended_load(waited=1.0), figures(), ended_load(frames=0, waited=None)
    failed.fates.add("ended early", "the connection broke")
    nothing.close_interval(Usage(110.0, 1.0))
    failed.ncco.add(0.1)
    failed.silence.add(1.0)
    late = ended_load(cpu=25.0)
    reports = [LoadReport(TERMS, each).to_json() for each in (failed, nothing, empty, late)]
    random = LoadReport(replace(TERMS, poisson=True, seed=7), figures())
    assert_documented("load", *reports, random.to_json())


def test_a_torture_is_documented() -> None:
    """Each key of what ``torture`` prints."""
    results = [Result("ordinary-call", True, "It went on."), Result("slow-tls", None, "needs https://")]
    documents = [as_document(URL, Torture(None, results)), as_document(URL, Torture("refused", []))]
    assert_documented("torture", *documents)


def test_a_run_is_documented(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each key of what ``run`` prints."""
    steps = [StepResult("say 1 s", True, 1.0, "said"), StepResult("wait 1 s", None, None, "not reached")]
    file = tmp_path / "one.toml"
    file.write_text('url = "ws://127.0.0.1:1/"\nsteps = [{ say = 1 }]')
    scenario = Scenario("one", file, CallOrder(URL), ())
    monkeypatch.setattr(scenario_run, "run", lambda _: [scenario_run.Result(scenario, steps, whole_call())])
    printed = what_is_printed(capsys, "run", str(file))
    assert_documented("run", printed, within=("scenarios[].call",))
    assert printed["scenarios"][0]["call"].keys() == whole_call().to_json().keys()


def test_a_check_is_documented(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each key of what ``check`` prints."""
    file = tmp_path / "ncco.json"
    file.write_text('[{"action": "tlak"}]')
    assert_documented("check", what_is_printed(capsys, "check", str(file)))


def test_the_faults_are_documented(capsys: pytest.CaptureFixture[str]) -> None:
    """Each key of what ``faults`` prints."""
    assert_documented("faults", what_is_printed(capsys, "faults"))


@pytest.mark.parametrize(
    "words",
    [
        ("check", "no-such-file.json"),
        ("call", "ws://127.0.0.1:1/", "--audio", "no-such-file.wav"),
        ("replay", "no-such-file.jsonl", "ws://127.0.0.1:1/"),
        ("run", "no-such-file.toml"),
    ],
)
def test_what_could_not_begin_is_documented(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    """Each key of the object of a command that was stopped by what it was given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("echo.phone.conduct.run_call", lambda order, _: speech_can_be_made(order))
    assert_documented("Where nothing could be done", what_is_printed(capsys, *words))


def test_the_keys_of_rest() -> None:
    """Each call has those of a call, and its uuid."""
    report = Report(Facts(URL, 16000))
    told = rest_document([("a", report)])
    assert documented("rest").keys() == {"passed", "exit_status", "calls[]"}
    assert told.keys() == {"passed", "exit_status", "calls"}
    assert told["calls"][0].keys() == {"uuid", *report.to_json()}
    assert rest_document([])["exit_status"] == 2
