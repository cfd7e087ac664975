"""
What the documents say is so: options, paths, limits, messages and lines of the log are compared with the code.

Named blocks (``:name:`` below ``.. code-block::``) are the examples that are looked at.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from echo.audio.drift import ClockDrift
from echo.audio.format import RATES, AudioFormat
from echo.audio.loudness import Loudness
from echo.call.messages import parse_start
from echo.call.metered import Metered
from echo.call.report import CallReport, Ending, explain
from echo.dial.options import build as build_dial
from echo.limits import BY_NAME, OUT_OF_THE_WAY
from echo.ncco.build import busy_ncco, default_ncco
from echo.phone.commands.groups import SECRET_VARIABLE
from echo.phone.commands.main import build
from echo.service.settings import SETTINGS, resolve
from echo.untrusted import Json
from echo.webhook.answer import AnswerRequest
from echo.webhook.events import describe_event
from echo.webhook.signature import sign
from tests.conftest import ROOT
from tests.daemon import Daemon
from tests.operator_face import OperatorFace

DOCUMENTS = sorted([*ROOT.glob("*.rst"), *ROOT.glob("docs/*.rst")])

#: Options of other programs that the documents name.
FOREIGN_OPTIONS = {
    *("--pidfile", "--reactor", "--logfile"),  # twistd
    *("--now", "--fdname", "--offline"),  # systemd
    *("--config", "--http1", "--no-cov"),  # caddy; curl's --http1.1; pytest-cov
    "--stdout",  # espeak-ng
    "--url",  # cloudflared
    *("--rows", "--peers", "--json", "--renew"),  # bench/run.py
    *("--minutes", "--judge"),  # python -m soak
}

#: The documents that tell of the phone.
OF_THE_PHONE = {
    *("CONTRIBUTING.rst", "README.rst", "apps.rst", "design.rst", "ncco.rst", "outbound.rst", "phone.rst"),
    *("phone-checks.rst", "phone-json.rst", "phone-provider.rst", "phone-tests.rst", "vonage.rst"),
}

_BLOCK = re.compile(
    r"^\.\. code-block:: *(?P<language>\w+)\n(?:   +:name: +(?P<name>\S+)\n)?\n(?P<body>(?:(?: {3,}.*)?\n)+)",
    re.MULTILINE,
)


def text_of(name: str) -> str:
    """A document of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(document: str, language: str) -> dict[str, str]:
    """The code blocks of one language by their name, without indentation; those without one by number."""
    found: dict[str, str] = {}
    for block in _BLOCK.finditer(text_of(document)):
        lines = block["body"].strip("\n").split("\n")
        margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        if block["language"] == language:
            found[block["name"] or str(len(found))] = "\n".join(line[margin:] for line in lines) + "\n"
    return found


def example(name: str) -> Any:
    """A JSON example of docs/protocol.rst."""
    return json.loads(blocks("docs/protocol.rst", "json")[name])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_sound(path: Path) -> None:
    """It is read by docutils without a word of complaint."""
    core = pytest.importorskip("docutils.core", reason="docutils is not installed")
    complaints = io.StringIO()
    settings = {"report_level": 1, "warning_stream": complaints, "syntax_highlight": "none"}
    core.publish_doctree(path.read_text(encoding="utf-8"), source_path=str(path), settings_overrides=settings)
    assert complaints.getvalue() == ""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_path_is_there(path: Path) -> None:
    """Files and folders that it names, in literals and in links, exist."""
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"(?<![\w/.])((?:echo|tests|docs|etc|bench|twisted)/[\w./@-]*\w/?)", text)
    linked = re.findall(r"<([\w./-]+)>`__", text)
    named = [name for name in named if name not in MADE_LATER]
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert [name for name in linked if not (path.parent / name).exists()] == []


#: Paths that the documents name and that are not in the repository.
MADE_LATER = {
    "twisted/plugins/dropin.cache",  # twistd writes it
    "etc/echo",  # the folder of ECHO_NCCO and of tls:, below the root of a machine
}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_option_and_variable_is_one(path: Path) -> None:
    """What looks like an option or like an ``ECHO_`` variable is in the table of settings."""
    text = path.read_text(encoding="utf-8")
    options = {f"--{setting.option}" for setting in SETTINGS} | {"--help", "--version"} | FOREIGN_OPTIONS
    if path.name in OF_THE_PHONE:
        options |= {option for parser in build()[1].values() for option in parser._option_string_actions}
    if path.name == "outbound.rst":
        options |= set(build_dial()._option_string_actions)
    variables = {setting.variable for setting in SETTINGS} | {SECRET_VARIABLE}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*\b", text)) - options == set()
    assert set(re.findall(r"\bECHO_[A-Z_]*[A-Z]", text)) - variables == set()


def test_the_readme_names_each_ordinary_option() -> None:
    """Its table holds all settings that are no limits, and no other ones."""
    rows = re.findall(r"^``--([a-z-]+)`` ", text_of("README.rst"), re.MULTILINE)
    assert sorted(rows) == sorted(setting.option for setting in SETTINGS if setting.name not in BY_NAME)


def test_the_readme_tells_the_defaults() -> None:
    """Where its table gives a default as a literal, it is that of the setting."""
    rows = dict(re.findall(r"^``--([a-z-]+)`` +``([^`]+)`` ", text_of("README.rst"), re.MULTILINE))
    assert rows == {name: by_option(name).default for name in rows}
    assert {"port", "rate", "app", "when-slow", "log-level"} <= set(rows)


def by_option(option: str) -> Any:
    """The setting of an option."""
    return next(setting for setting in SETTINGS if setting.option == option)


def test_the_toml_of_the_readme_is_taken() -> None:
    """A daemon that is given it as its file accepts each line of it."""
    toml = blocks("README.rst", "toml")["0"]
    settings = resolve({"config": "echo.toml"}, {}, lambda _: toml.encode())
    assert settings.places.keys() >= tomllib.loads(toml).keys()


def test_the_table_of_limits_is_that_of_the_code() -> None:
    """docs/limits.rst has a row for each limit with its names, its values and its reason."""
    block = re.search(
        r"^\.\. csv-table::\n   :header: .*\n\n((?:   .+\n)+)", text_of("docs/limits.rst"), re.MULTILINE
    )
    assert block is not None
    rows = list(csv.reader(block[1].replace("``", "").splitlines(), skipinitialspace=True))
    assert [row[:6] for row in rows] == [
        [
            f"--{name.replace('_', '-')}",
            f"ECHO_{name.upper()}",
            str(limit.default),
            "off" if limit.metadata["lab"] == OUT_OF_THE_WAY else str(limit.metadata["lab"]),
            limit.metadata["unit"],
            limit.metadata["why"],
        ]
        for name, limit in BY_NAME.items()
    ]
    assert str(OUT_OF_THE_WAY) in text_of("docs/limits.rst")


def test_each_figure_is_explained() -> None:
    """docs/operating.rst names each metric that there is, and no other; its alerts are of those."""
    page = OperatorFace()
    page.refusals.note("max_calls", "192.0.2.7", 0.0)
    families = text_string_to_metric_families(page.look("/metrics").body.decode())
    told = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    text = text_of("docs/operating.rst")
    assert set(re.findall(r"^``((?:echo|process)_\w+)`` ", text, re.MULTILINE)) == told
    assert set(re.findall(r"\b(?:echo|process)_[a-z_]+\b", text)) == told


def test_the_timers_of_the_design_are_the_limits() -> None:
    """The table of timers gives each its default, and leaves out no limit of time."""
    rows = dict(re.findall(r"^``(\w+)`` +(\d+) s ", text_of("docs/design.rst"), re.MULTILINE))
    assert rows == {
        name: str(limit.default) for name, limit in BY_NAME.items() if limit.metadata["unit"] == "s"
    }


def test_the_lines_of_the_readme() -> None:
    """The call of README.rst passes; at its start and of that call the daemon says what is shown."""
    command = next(
        line for line in text_of("README.rst").splitlines() if "echo-phone call http://localhost" in line
    )
    with Daemon() as daemon:
        words = command.split()[1:]
        words[1] = f"http://127.0.0.1:{daemon.port}/ncco"
        done = subprocess.run(
            [sys.executable, "-m", "echo.phone", *words],
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        log = daemon.wait_for_log("call 1 ended")
    assert "✓ echo        All of 100 frames said came back, once, in order, unchanged." in done.stdout
    said = [line[line.index("[echo#") :] for line in log.splitlines() if "[echo#info]" in line]
    start, call = named_lines("README.rst", "start-lines"), named_lines("README.rst", "call-lines")
    assert said[0].startswith("[echo#info] echo 0.1.0 listens on ")  # on loopback, unlike the one shown
    assert [without_figures(line) for line in said[1 : len(start)]] == [
        without_figures(line) for line in start[1:]
    ]
    assert [without_figures(line) for line in said if "] call 1 " in line] == [
        without_figures(line) for line in call
    ]
    assert "100 frames in, 100 out, 0 dropped, 0 wrong-sized" in call[-1]


def named_lines(document: str, name: str) -> list[str]:
    """The lines of an example of what is printed."""
    return blocks(document, "text")[name].splitlines()


def without_figures(text: str) -> str:
    """Text with ``#`` for each number and name of a call, for what is different each time."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+(\.[0-9]+)?", "#", text)


def test_the_line_of_an_ended_call() -> None:
    """docs/operating.rst shows the line that a call's end leaves, word for word."""
    report = CallReport(
        number=7,
        who="127.0.0.1:58004",
        state="ended",
        since=0.0,
        start=None,
        rate=16000,
        seconds=62.4,
        frames_in=3120,
        frames_out=3118,
        dropped=2,
        wrong_sized=1,
        texts_in=2,
        texts_unprinted=0,
        longest_gap_ms=214,
        jitter_ms=2.9,
        queue_peak_ms=200,
        ending=Ending("provider", 1000, "bye"),
    )
    assert explain(report) == named_lines("docs/operating.rst", "ended")[0]
    metered = Metered(
        heard=Loudness(62.4, -22.7, -4.9, 0.0, 19.34, 2.4),
        said=Loudness(62.36, -31.0, -0.1, 0.06, 7.48, 1.1),
        keys="42#",
        key_count=3,
        drift=ClockDrift(18.2, 4.1),
    )
    more = named_lines("docs/operating.rst", "metered")[0]
    assert explain(replace(report, metered=metered)) == explain(report) + more


def test_the_ncco_of_the_protocol() -> None:
    """The answer in docs/protocol.rst is what the request before it is answered with."""
    call = AnswerRequest.from_object(example("answer-request"))
    assert example("ncco") == default_ncco(
        socket_url="wss://echo.example.com/socket",
        events_url="https://echo.example.com/events",
        content_type=AudioFormat(16000).content_type,
        called_number=call.called_number,
        uuid=call.uuid,
        conversation_uuid=call.conversation_uuid,
    )


def test_the_claims_of_the_protocol() -> None:
    """The signature in docs/protocol.rst says what ours do."""
    said = example("claims")
    kept = {name: said[name] for name in ("iat", "jti", "api_key", "application_id")}
    made = sign("secret" * 8, b"", **kept).split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(made + "=" * (-len(made) % 4))).keys() == said.keys()


def test_the_apology_of_the_protocol() -> None:
    """What calls get that come while the daemon drains is as docs/protocol.rst shows it."""
    assert example("busy") == busy_ncco()


def test_the_query_of_the_protocol_says_the_same() -> None:
    """The request by GET in docs/protocol.rst is the same as the one by POST."""
    query = dict(re.findall(r"[?&](\w+)=([\w-]+)", text_of("docs/protocol.rst")))
    by_get = AnswerRequest.from_query({name.encode(): [value.encode()] for name, value in query.items()})
    assert by_get == AnswerRequest.from_object(example("answer-request"))


def test_the_line_of_an_event() -> None:
    """The event in docs/protocol.rst leaves the line that is shown below it."""
    assert describe_event(example("event")) == named_lines("docs/protocol.rst", "event-line")[0]


@pytest.mark.parametrize(("name", "rate"), [("start", 16000), ("start-old", 8000)])
def test_a_first_message_of_the_protocol(name: str, rate: int) -> None:
    """Both forms of the first message are read as one, with the rate and the metadata that they show."""
    message: dict[str, Json] = example(name)
    content_type = message.pop("content-type")
    message.pop("event", None)
    start = parse_start(json.dumps(example(name)).encode())
    assert start is not None
    assert (start.metadata, start.content_type, start.audio) == (message, content_type, AudioFormat(rate))


@pytest.mark.parametrize("name", ["dtmf", "dtmf-old", "cleared", "notify"])
def test_a_later_message_of_the_protocol(name: str) -> None:
    """None of the other messages is taken for a first one, should it come first."""
    assert parse_start(json.dumps(example(name)).encode()) is None


@pytest.mark.parametrize("rate", RATES)
def test_the_sizes_of_the_protocol(rate: int) -> None:
    """The table of audio formats gives samples, bytes and bytes a second of each rate."""
    audio = AudioFormat(rate)
    row = rf"^``{audio.content_type}`` +{rate // 50} +{audio.frame_bytes} +{audio.bytes_per_second}$"
    assert re.search(row, text_of("docs/protocol.rst"), re.MULTILINE)
