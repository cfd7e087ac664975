"""``echo-phone check``: documents from files, standard input and answer URLs, and what is said of them."""

from __future__ import annotations

import io
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from echo.phone.commands.main import main
from echo.phone.provider.answer import read_ncco
from echo.phone.provider.exchange import Answer, WebhookError
from tests.conftest import ROOT

GOOD = b'[{"action":"talk","text":"Hello"}]'
WRONG = b'[{"action":"talk","text":"Hello"},{"action":"tlak","text":"Hello"}]'
DOUBTFUL = b'[{"action":"connect","endpoint":[{"type":"websocket","uri":"ws://h/s","content-type":"audio/l16;rate=8000"}]}]'

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is signed but by an option."""
    monkeypatch.delenv("ECHO_PHONE_SIGNATURE_SECRET", raising=False)


@pytest.fixture
def ncco(tmp_path: Path) -> Path:
    """The path of a file to be checked."""
    return tmp_path / "ncco.json"


@pytest.mark.parametrize(
    ("body", "words", "status", "verdict"),
    [
        (GOOD, [], 0, "passed: {}: 0 errors, 0 warnings"),
        (WRONG, [], 1, "failed: {}: 1 error, 0 warnings"),
        (DOUBTFUL, [], 0, "passed: {}: 0 errors, 1 warning"),
        (DOUBTFUL, ["--strict"], 1, "failed: {}: 0 errors, 1 warning"),
        (b"", [], 1, "failed: {}: 1 error, 0 warnings"),
    ],
)
def test_a_file(
    ncco: Path, body: bytes, words: list[str], status: int, verdict: str, capsys: Capture
) -> None:
    """Errors fail, warnings do with --strict only; the last line is the verdict with the numbers."""
    ncco.write_bytes(body)
    assert main(["check", str(ncco), *words]) == status
    assert capsys.readouterr().out.splitlines()[-1] == verdict.format(ncco)


def test_a_finding_is_a_line(ncco: Path, capsys: Capture) -> None:
    """Each finding is one line with how bad it is, its place and a sentence."""
    ncco.write_bytes(WRONG)
    main(["check", str(ncco)])
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith('error   $[1].action: "tlak" where ')
    assert 'did you mean "talk"?' in line


def test_machines_get_one_object(ncco: Path, capsys: Capture) -> None:
    """--json prints one object with the same."""
    ncco.write_bytes(WRONG)
    assert main(["check", str(ncco), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (finding,) = found.pop("findings")
    assert found == {"passed": False, "exit_status": 1, "source": str(ncco), "errors": 1, "warnings": 0}
    assert (finding["severity"], finding["path"]) == ("error", "$[1].action")
    assert "tlak" in finding["sentence"]


def test_a_template(ncco: Path, capsys: Capture) -> None:
    """A placeholder is a mistake in an NCCO, and none in a template."""
    ncco.write_bytes(
        b'[{"action":"talk","text":"Hello","language":"${language}"},{"action":"stream","streamUrl":["${url}"]}]'
    )
    plain = main(["check", str(ncco)])
    capsys.readouterr()
    assert (plain, main(["check", str(ncco), "--template"])) == (1, 0)


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """A dash reads the document from standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(WRONG)))
    assert main(["check", "-"]) == 1
    assert capsys.readouterr().out.endswith("failed: -: 1 error, 0 warnings\n")


def test_no_more_is_read_than_an_ncco_may_have(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """An endless stream is a finding, and fills no memory."""
    endless = io.BytesIO(b" " * 3_000_000)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(endless))
    assert main(["check", "-"]) == 1
    assert "1048577 bytes of JSON where 1048576 are allowed" in capsys.readouterr().out
    assert endless.tell() == 1048577


@pytest.mark.parametrize(
    ("name", "reason"), [("none.json", "No such file or directory"), ("", "Is a directory")]
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, reason: str, capsys: Capture) -> None:
    """Where there is nothing to check it is one line and 2; with --json an object says so too."""
    path = str(tmp_path / name)
    assert main(["check", path]) == 2
    assert capsys.readouterr().err == f"echo-phone check: '{path}' cannot be read: {reason}\n"
    assert main(["check", path, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told == {"passed": False, "exit_status": 2, "problem": f"'{path}' cannot be read: {reason}"}


class Web:
    """An answer URL that answers the same to everybody."""

    asked: list[dict[str, Any]]
    answer: Answer

    def __init__(self, _reactor: object, *, insecure: bool) -> None:
        self.insecure = insecure

    async def request(self, method: str, url: str, **asked: Any) -> Answer:
        """Take note of the request and answer it."""
        Web.asked.append({"method": method, "url": url, "insecure": self.insecure, **asked})
        return Web.answer


def run(work: Any) -> object:
    """Run what never waits, without a reactor."""
    coroutine: Coroutine[object, object, object] = work(None, None)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits for something")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> type[Web]:
    """An answer URL, in the place of the network."""
    Web.asked, Web.answer = [], Answer(200, {}, GOOD)
    monkeypatch.setattr("echo.phone.dial.Web", Web)
    monkeypatch.setattr("echo.phone.reactor.run", run)
    return Web


def test_an_answer_url(web: type[Web], capsys: Capture) -> None:
    """A URL is asked as the provider does for a call, unsigned where there is no secret."""
    assert main(["check", "http://h/ncco?a=1", "--from", "+44 7700 900999"]) == 0
    (asked,) = web.asked
    assert (asked["method"], asked["body"], asked["insecure"]) == ("GET", None, False)
    assert asked["url"].startswith("http://h/ncco?a=1&to=")
    assert "&from=447700900999&uuid=" in asked["url"]
    assert "authorization" not in asked["headers"]
    assert capsys.readouterr().out == "passed: http://h/ncco?a=1: 0 errors, 0 warnings\n"


def test_an_answer_url_that_wants_more(web: type[Web]) -> None:
    """It is asked by POST, signed and over a doubtful connection where the options say so."""
    words = (
        "--post --insecure --signature-secret 0123456789abcdef0123456789abcdef --application-id app --to 123"
    )
    assert main(["check", "https://h/", *words.split()]) == 0
    (asked,) = web.asked
    assert (asked["method"], asked["insecure"]) == ("POST", True)
    assert asked["headers"]["authorization"].startswith("Bearer ey")
    assert json.loads(asked["body"])["to"] == "123"


def test_an_answer_that_is_none(web: type[Web], capsys: Capture) -> None:
    """A status or a page that the provider does not take is one line, that of a call, and 2."""
    web.answer = Answer(404, {}, b"")
    assert main(["check", "http://h/"]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("echo-phone check: http://h/: it answered 404 ")
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    web.answer = Answer(200, {"content-type": "text/html; charset=utf-8"}, b"<html>")
    with pytest.raises(WebhookError) as caught:
        read_ncco(web.answer, "http://h/")
    assert main(["check", "http://h/"]) == 2
    assert capsys.readouterr().err == f"echo-phone check: {caught.value}\n"


def test_an_answer_that_is_a_bad_ncco(web: type[Web], capsys: Capture) -> None:
    """What a call would fail over as well is told by its places."""
    web.answer = Answer(200, {}, WRONG)
    assert main(["check", "http://h/"]) == 1
    assert '$[1].action: "tlak"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("localhost/ncco", "; for a URL write http://localhost/ncco"),
        ("h.example:8000/ncco", "; for a URL write http://h.example:8000/ncco"),
        ("nowhere/ncco.json", ""),
    ],
)
def test_a_url_that_was_taken_for_a_file(name: str, hint: str, capsys: Capture) -> None:
    """What looks like an address and is no file is asked for as one."""
    assert main(["check", name]) == 2
    assert (
        capsys.readouterr().err
        == f"echo-phone check: '{name}' cannot be read: No such file or directory{hint}\n"
    )


def test_the_daemon_s_own_file_is_known_as_a_template(capsys: Capture) -> None:
    """The file that comes with the daemon is right as it is, without an option."""
    assert main(["check", str(ROOT / "etc/ncco.json")]) == 0
    assert "passed" in capsys.readouterr().out
