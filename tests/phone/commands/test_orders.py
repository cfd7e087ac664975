"""From the options of a command to the order of a call."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from echo.errors import PhoneError
from echo.phone.commands.main import build
from echo.phone.commands.orders import call_order, output, secret
from echo.phone.commands.parser import UsageError
from echo.phone.order import COUNTS, LATENCIES, CallOrder, Output
from echo.phone.verdict.expectations import COUNTS as JUDGED_COUNTS
from echo.phone.verdict.expectations import TIMES

WS = "ws://localhost:8000/socket"
HTTP = "http://localhost:8000/ncco"
ENVIRON = {"ECHO_PHONE_SIGNATURE_SECRET": "from-outside"}


def order(*words: str, url: str = WS, environ: dict[str, str] | None = None) -> CallOrder:
    """Make the order of ``echo-phone call``."""
    parser, _commands = build()
    return call_order(parser.parse_args(["call", url, *words]), environ or {})


@pytest.mark.parametrize("url", [WS, HTTP, WS.upper()])
def test_a_url_alone_orders_an_ordinary_call(url: str) -> None:
    """The defaults of the command line are those of the order."""
    assert order(url=url) == CallOrder(url)
    assert order(url=url).is_socket is (url != HTTP)


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("--from +447700900123 --to 442079460000", {"caller": "447700900123", "called": "442079460000"}),
        ("--event-url http://e/", {"event_url": "http://e/"}),
        ("--signature-secret s3cret", {"signature_secret": "s3cret"}),
        ("--api-key k --application-id a --insecure", {"api_key": "k", "application_id": "a", "insecure": True}),
        ("--header a=1 --header b=x", {"headers": {"a": 1, "b": "x"}}),
        ("--authorization Basic", {"authorization": "Basic"}),
        ("--no-subprotocol", {"subprotocol": False}),
        ("--leading-space --legacy", {"leading_space": True, "legacy": True}),
        ("--audio -", {"audio": "-"}),
        ("--tone 440", {"tone": 440.0}),
        ("--silence --rate 8000", {"silence": True, "rate": 8000}),
        ("--duration 1m --tail 0", {"duration": 60.0, "tail": 0.0}),
        ("--dtmf 2:12", {"dtmf": ((2.0, "1"), (2.3, "2"))}),
        ("--dtmf 2:1 --dtmf 1:2", {"dtmf": ((1.0, "2"), (2.0, "1"))}),
        ("--mute 3-5 --mute 1-2", {"mutes": ((1.0, 2.0), (3.0, 5.0))}),
        ("--hangup close", {"hangup": "close"}),
        ("--far-end wsbridge --buffer 1024", {"far_end": "wsbridge", "buffer": 1024}),
        ("--notify-on-clear answer", {"notify_on_clear": "answer"}),
        ("--record o.wav --trace t.jsonl", {"record": "o.wav", "trace": "t.jsonl"}),
        ("--expect echo", {"expect": "echo"}),
        ("--max-p99 50ms --max-gap 0.1s --max-lost 3", {"limits": {"max_p99": 50.0, "max_gap": 100.0, "max_lost": 3}}),
        ("--max-underruns 0 --max-ncco 0", {"limits": {"max_underruns": 0, "max_ncco": 0.0}}),
    ],
)  # fmt: skip
def test_an_option_changes_its_field_of_the_order(words: str, changed: dict[str, Any]) -> None:
    """Each option arrives in the order under its name and in its unit, and changes nothing else."""
    found = order(*words.split())
    usual = CallOrder(WS)
    assert {
        field.name: getattr(found, field.name)
        for field in fields(CallOrder)
        if getattr(found, field.name) != getattr(usual, field.name)
    } == changed


def test_what_only_an_answer_url_has() -> None:
    """--post and --fallback are for answer URLs."""
    found = order("--post", "--fallback", "http://f/", url=HTTP)
    assert (found.post, found.fallback) == (True, "http://f/")


def test_the_rate_of_an_ncco_is_not_known_yet() -> None:
    """A tone that some rate can carry is not refused where the NCCO names the rate."""
    assert order("--tone", "11000", url=HTTP).tone == 11000
    with pytest.raises(UsageError, match="at 16000 Hz a tone must be below 8000 Hz"):
        order("--tone", "11000", "--rate", "16000", url=HTTP)


def test_the_secret_comes_from_the_environment(tmp_path: Path) -> None:
    """The option wins over the variable; @ reads a file, without the newline at its end."""
    (tmp_path / "secret").write_text("from-a-file\n")
    file = f"@{tmp_path}/secret"
    assert secret(None, {}) is None
    assert secret(None, {"ECHO_PHONE_SIGNATURE_SECRET": ""}) is None
    assert secret(None, ENVIRON) == "from-outside"
    assert secret("given", ENVIRON) == "given"
    assert secret(file, {}) == "from-a-file"
    assert secret(None, {"ECHO_PHONE_SIGNATURE_SECRET": file}) == "from-a-file"
    assert order("--authorization", "vonage", environ=ENVIRON).signature_secret == "from-outside"


def test_a_secret_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is not there, or not text, or empty, is said in one sentence without what is in it."""
    with pytest.raises(PhoneError, match=r"cannot be read from '.*/none': No such file or directory"):
        secret(f"@{tmp_path}/none", {})
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(PhoneError, match=r"cannot be read from '.*/binary': it is not text"):
        secret(f"@{tmp_path}/binary", {})
    with pytest.raises(PhoneError, match="cannot be read from"):
        secret("@a\0b", {})
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(UsageError, match="ECHO_PHONE_SIGNATURE_SECRET: the secret is empty"):
        secret(None, {"ECHO_PHONE_SIGNATURE_SECRET": f"@{tmp_path}/empty"})


def test_a_secret_without_an_end_is_refused() -> None:
    """No more is read of a file than a secret may have; bytes that are not UTF-8 are no secret, either."""
    with pytest.raises(PhoneError, match="'/dev/zero': more than 65536 bytes are no signature secret"):
        secret("@/dev/zero", {})
    with pytest.raises(UsageError, match="--signature-secret: the secret is not text in UTF-8"):
        secret("\udcff", {})


def test_secrets_are_not_shown() -> None:
    """The order of a call can be logged: neither its secret nor its authorization is in its repr."""
    shown = repr(order("--signature-secret", "hush", "--authorization", "Bearer hush"))
    assert "hush" not in shown
    assert WS in shown


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", Output()),
        ("--json", Output(as_json=True)),
        ("--quiet --json", Output(as_json=True, quiet=True)),
        ("--verbose", Output(verbose=True)),
    ],
)
def test_what_is_shown_is_no_part_of_the_order(words: str, expected: Output) -> None:
    """--json, --quiet and --verbose make an Output."""
    parser, _commands = build()
    assert output(parser.parse_args(["call", WS, *words.split()])) == expected


def test_limits_have_the_same_names_everywhere() -> None:
    """What the command line takes is what the verdict judges."""
    assert tuple(LATENCIES) == TIMES
    assert tuple(COUNTS) == JUDGED_COUNTS
