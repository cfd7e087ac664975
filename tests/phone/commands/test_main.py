"""The console script: the help, wrong usage, and the exit status of every ending."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from echo import __version__
from echo.errors import PhoneError
from echo.phone.commands import call
from echo.phone.commands import main as script
from echo.phone.commands.main import COMMANDS, build, main

NAMES = [module.NAME for module in COMMANDS]


@pytest.mark.parametrize("command", [[], *([name] for name in NAMES)], ids=str)
def test_the_help_is_at_most_80_columns_wide(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """--help of the script and of each command exits with 0, fits a terminal, and has the exit statuses."""
    assert main([*command, "--help"]) == 0
    shown = capsys.readouterr()
    assert max(len(line) for line in shown.out.splitlines()) <= 80
    assert "examples:\n" in shown.out
    assert shown.err == ""


@pytest.mark.parametrize("command", [[], *([name] for name in NAMES)], ids=str)
def test_the_help_fits_a_narrow_terminal(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On 40 columns prose and options are folded; examples, which somebody may copy, and lists are not."""
    monkeypatch.setenv("COLUMNS", "40")
    assert main([*command, "--help"]) == 0
    wide = [line for line in capsys.readouterr().out.splitlines() if len(line) > 40]
    assert [
        line
        for line in wide
        if not re.match(r"  (echo-phone|echo-dial|my-application|openssl|\d+ |\s+\d+ | +--)|usage:", line)
    ] == []


def test_every_option_is_explained() -> None:
    """No option and no command is without a text in the help."""
    parser, commands = build()
    for each in (parser, *commands.values()):
        assert [action.dest for action in each._actions if not action.help and action.dest != "command"] == []


def test_examples_are_right() -> None:
    """Each example in the help is taken by the parser."""
    parser, commands = build()
    texts = [parser.epilog, *(each.epilog for each in commands.values())]
    examples = [
        line.replace("my-application --print-ncco | ", "").split()[1:]
        for text in texts
        for line in str(text).splitlines()
        if re.match(r"  (my-application .* )?echo-phone [a-z]", line)
    ]
    assert len(examples) > 15
    for words in examples:
        assert parser.parse_args(words).command == words[0]


@pytest.mark.parametrize("words", [["help", "call"], ["call", "-h"]], ids=str)
def test_help_is_found_by_other_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The word help before a command, and -h behind it, show the help of the command."""
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("usage: echo-phone call URL [options]\n")


def test_the_help_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of the script has a line for each command."""
    main(["--help"])
    listed = re.findall(r"(?m)^    ([a-z]+)  ", capsys.readouterr().out)
    assert listed == NAMES


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints name and version."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"echo-phone {__version__}\n"


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a word the help is shown as for an error: on standard error, with 64."""
    assert main([]) == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("usage: echo-phone COMMAND ...\n")


WS = "ws://localhost/s"
HTTP = "http://localhost/"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["cal", WS], "echo-phone: there is no command 'cal'; did you mean 'call'?"),
        (["zzz"], "there is no command 'zzz'; there are call, check, replay, run, load, faults, torture and rest"),
        ([WS], f"echo-phone: a URL needs a command before it, as in: echo-phone call {WS}"),
        (["--verison"], "echo-phone: there is no option '--verison'; did you mean '--version'?"),
        (["-x"], "echo-phone: there is no option '-x'"),
        (["--"], "echo-phone: COMMAND is missing; write: echo-phone COMMAND ..."),
        (["call"], "echo-phone call: URL is missing; write: echo-phone call URL [options]"),
        (["call", WS, HTTP], f"echo-phone call: '{HTTP}' is one word too many"),
        (["call", "--durration", "5", WS], "there is no option '--durration'; did you mean '--duration'?"),
        (["call", WS, "--dur=5"], "echo-phone call: there is no option '--dur'"),
        (["call", WS, "-q"], "echo-phone call: there is no option '-q'"),
        (["call", WS, "--tone", "-5"], "echo-phone call: --tone: '-5' is no tone"),
        (["call", WS, "--duration"], "echo-phone call: --duration needs a value behind it"),
        (["call", WS, "--duration", "x"], "--duration: 'x' is no duration: write 5 or 2.5s, 500ms, 1m30s"),
        (["call", WS, "--duration=--"], "echo-phone call: --duration: '--' is no value for an option"),
        (["call", WS, "--max-p50=--"], "echo-phone call: --max-p50: '--' is no value for an option"),
        (["check", "x", "--from=--"], "echo-phone check: --from: '--' is no value for an option"),
        (["call", WS, "--max-lost", "x"], "echo-phone call: --max-lost: 'x' is not a whole number from 0 to 1000000"),
        (["call", WS, "--expect", "eco"], "--expect: 'eco' is no thing to expect: write echo, silence or"),
        (["call", WS, "--tone", "440", "--silence"], "echo-phone call: --silence and --tone do not go together"),
        (["call", "localhost:8000"], "echo-phone call: URL: 'localhost:8000' is no URL: write http://"),
        (["call", WS, "--post"], "--post is for an answer URL: a socket is opened at once, without an NCCO"),
        (["call", WS, "--fallback", HTTP], "echo-phone call: --fallback is for an answer URL"),
        (["call", HTTP, "--header", "a=b"], "--header is for a ws:// or wss:// URL: here the NCCO says it"),
        (["call", HTTP, "--authorization", "x"], "echo-phone call: --authorization is for a ws:// or wss:// URL"),
        (["call", WS, "--header", "a=1", "--header", "a=2"], "--header: the same name is given twice"),
        (["call", WS, "--authorization", "vonage"], "it needs --signature-secret"),
        (["call", WS, "--tone", "4000", "--rate", "8000"], "--tone: at 8000 Hz a tone must be below 4000 Hz"),
        (["call", WS, "--tone", "8000"], "--tone: at 16000 Hz a tone must be below 8000 Hz"),
        (["call", WS, "--signature-secret", ""], "--signature-secret: the secret is empty"),
        (["call", WS, "--quiet", "--verbose"], "--quiet and --verbose do not go together"),
        (["call", WS, "--json=5"], "echo-phone call: --json takes no value"),
        (["call", WS, "--silence", "--expect", "echo"], "--silence and --expect echo do not go together: frames of"),
        (["load", WS, "--silence", "--expect", "echo"], "--silence and --expect echo do not go together: frames of"),
        (["call", "ncco.json"], "URL: 'ncco.json' is no URL: a file like that is for 'echo-phone check'"),
        (["replay", WS, "x.jsonl"], f"echo-phone replay: TRACE: '{WS}' is a URL where the path of a file is required"),
        (["run", HTTP], f"echo-phone run: SCENARIO: '{HTTP}' is a URL where the path of a file is required"),
        (["check", WS], f"'{WS}' is a socket, which has no NCCO: give the answer URL, or try 'echo-phone call'"),
        (["replay", "x.jsonl"], "echo-phone replay: URL is missing; write: echo-phone replay TRACE URL [options]"),
        (["load", WS, "--arrivals", "0"], "echo-phone load: --arrivals: '0' is no rate of arrivals"),
        (["load", WS, "--calls", "0"], "echo-phone load: --calls: '0' is not a whole number from 1 to 100000"),
        (["run"], "echo-phone run: SCENARIO is missing; write: echo-phone run SCENARIO"),
        (["run", "a.toml", "--url", "x"], "echo-phone run: --url: 'x' is no URL"),
        (["check", "ftp://x"], "'ftp://x' is no URL for this: it must begin with http:// or https://"),
        (["faults", "stop-readin"], "echo-phone faults: there is no fault 'stop-readin'; did you mean 'stop-reading'?"),
        (["faults", "zzzz"], "echo-phone faults: there is no fault 'zzzz'; 'echo-phone faults' lists them"),
        (["torture", WS, "--only", "stop-readin"], "there is no fault 'stop-readin'; did you mean 'stop-reading'?"),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_usage_is_one_line_and_64(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with the words gives 64 and exactly one line that says what is, on standard error."""
    monkeypatch.delenv("ECHO_PHONE_SIGNATURE_SECRET", raising=False)
    assert main(words) == 64
    shown = capsys.readouterr()
    assert line in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_a_word_of_another_command_line_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown of wrong words is escaped."""
    main(["\x1b[2J"])
    main(["call", "--\x1b[2J"])
    main(["call", WS, "\x1b[2J"])
    assert "\x1b" not in capsys.readouterr().err


def raising(error: BaseException) -> object:
    """Make the ``run`` of a command that ends with ``error``."""

    def run(_options: Namespace) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (PhoneError("no such file"), 2, "echo-phone call: no such file\n"),
        (KeyboardInterrupt(), 130, ""),
        (SystemExit(3), 3, ""),
    ],
    ids=str,
)
def test_how_a_command_ends(
    error: BaseException,
    status: int,
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cannot be done is one line and 2; Ctrl-C, where nobody is there to hang up, is 130 and no traceback."""
    monkeypatch.setattr(call, "run", raising(error))
    assert main(["call", WS]) == status
    assert capsys.readouterr().err == line


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no error of the caller's is not made to look like one."""
    monkeypatch.setattr(call, "run", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main(["call", WS])


def test_the_words_of_the_process_are_taken_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The console script calls main() without words."""
    monkeypatch.setattr(sys, "argv", ["echo-phone", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("echo-phone ")


@pytest.mark.parametrize("words", [["--help"], ["call", "--help"], ["load", "--help"]], ids=str)
def test_the_help_loads_nothing_heavy(words: list[str]) -> None:
    """The help comes at once: neither Twisted nor rich nor numpy is loaded for it."""
    heavy = ("twisted", "autobahn", "rich", "numpy", "soundfile", "soxr", "jsonschema", "jwt", "OpenSSL")
    program = f"""
import sys
from echo.phone.commands.main import main
status = main({words!r})
print([name for name in {heavy!r} if name in sys.modules], status, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, cwd=ROOT
    )
    assert done.stderr == "[] 0\n"


ROOT = Path(script.__file__).parents[3]


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    """``echo-phone --help | head -0`` leaves neither a traceback nor a complaint, and its status."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "echo.phone", "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


class Unread(io.TextIOWrapper):
    """Standard output whose reader has gone; what is behind it is a file that may be replaced."""

    def flush(self) -> None:
        """Fail, as the flush of a broken pipe does, until it is closed."""
        if sys.stdout is self:
            raise BrokenPipeError


def test_what_is_left_for_a_reader_that_has_gone_goes_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own flush at exit finds a place to write to."""
    with Unread((tmp_path / "out").open("wb"), write_through=True) as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(["--version"]) == 0
        monkeypatch.undo()
        os.write(stdout.fileno(), b"left over")
    assert b"left over" not in (tmp_path / "out").read_bytes()
