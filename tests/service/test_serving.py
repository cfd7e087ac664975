"""Tests of echo.service.serving: new settings take the place of old ones, and no call notices."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogEvent, capturedLogs, formatEvent

from echo.errors import ConfigurationError
from echo.service import daemon as daemon_module
from echo.service.daemon import Daemon
from echo.service.maker import make_daemon
from echo.service.reload import summary
from echo.service.settings import SCRIPTS, Settings, resolve
from echo.web.tree import Parts
from echo.websocket.protocol import CallProtocol
from tests.certificates import write_certificate
from tests.face import KEY, Answer, Wire, read_answer
from tests.frames import BINARY, connected_message, encode_frame, upgrade_request
from tests.tokens import ROTATED, SECRET, bearer

HELLO, GOODBYE = ([{"action": "talk", "text": text}] for text in ("hello", "goodbye, and longer"))


class Running:
    """A daemon on a reactor in memory, whose settings can be given anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **texts: str) -> None:
        monkeypatch.setattr(daemon_module, "raise_descriptor_limit", lambda: None)
        self.reactor = MemoryReactorClock()
        self.given_texts = texts
        self.settings = self.given(**texts)
        self.daemon: Daemon = make_daemon(self.settings, self.reactor, read_settings=lambda: self.settings)
        self.daemon.privilegedStartService()

    def given(self, **texts: str) -> Settings:
        """Settings that somebody gave."""
        interface = {} if ":" in texts.get("port", "") else {"interface": "127.0.0.1"}
        return resolve({**interface, **texts}, {}, lambda path: Path(path).read_bytes())

    def reload(self, **texts: str) -> Any:
        """Read settings again and put them in service, without the thread in between."""
        self.settings = self.given(**texts)
        reload: Any = self.daemon.reload
        fresh = reload._read()
        reload._put(fresh)
        return fresh

    @property
    def parts(self) -> Parts:
        """What the pages in service are made of."""
        reload: Any = self.daemon.reload
        parts: Parts = reload._put.__self__._parts
        return parts

    def connect(self, data: bytes) -> Wire:
        """Connect and send ``data``."""
        wire = Wire(IPv4Address("TCP", "192.0.2.7", 5060))
        wire.protocol = self.reactor.tcpServers[0][1].buildProtocol(wire.getPeer())
        wire.protocol.makeConnection(wire)
        wire.receive(data)
        return wire

    def ask(self, path: str) -> Answer:
        """GET a path."""
        return read_answer(self.connect(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()).taken())

    def status(self, path: str, authorization: str | None = None) -> int:
        """GET a path, with an Authorization or without."""
        header = "" if authorization is None else f"Authorization: {authorization}\r\n"
        wire = self.connect(f"GET {path} HTTP/1.1\r\nHost: a\r\n{header}\r\n".encode())
        return read_answer(wire.taken()).status

    def call(self) -> Wire:
        """Open a call, and say the first message."""
        wire = self.connect(
            upgrade_request("/socket", "a", KEY) + encode_frame(1, connected_message().encode())
        )
        assert wire.taken().startswith(b"HTTP/1.1 101 ")
        assert isinstance(wire.protocol, CallProtocol)
        return wire


def test_new_calls_have_new_limits_and_old_ones_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that the old call may send ends a new one, and the number of calls is the new one."""
    running = Running(monkeypatch)
    old = running.call()

    running.reload(max_message="100", max_calls="3")

    old.receive(encode_frame(BINARY, bytes(101)))
    assert len(old.taken()) > 101
    new = running.call()
    new.receive(encode_frame(BINARY, bytes(101)))
    assert new.taken()[2:4] == (1009).to_bytes(2, "big")
    running.call()
    assert read_answer(running.connect(upgrade_request("/socket", "a", KEY)).taken()).status == 503


def test_requests_have_new_limits_on_the_same_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that was allowed is too large from then on, for those who are connected already, too."""
    running = Running(monkeypatch)
    event = b'POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n{"status":"ringing"}'
    wire = running.connect(event)
    assert read_answer(wire.taken()).status == 200

    running.reload(max_body="19")

    wire.receive(event)
    assert read_answer(wire.taken()).status == 413


def test_everything_that_calls_are_served_by_can_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app, the rate, the address and the time of the drain; the uptime goes on."""
    running = Running(monkeypatch)
    running.reactor.advance(5)

    running.reload(app="reflect", rate="8000", public_url="https://echo.example.com", drain="7")

    endpoint = running.ask("/ncco").json()[1]["endpoint"][0]
    assert (endpoint["uri"], endpoint["content-type"]) == (
        "wss://echo.example.com/socket",
        "audio/l16;rate=8000",
    )
    assert running.ask("/health").json()["uptime"] == 5.0
    wire = running.connect(upgrade_request("/socket", "a", KEY))
    wire.taken()
    wire.receive(encode_frame(1, connected_message().encode()))
    assert connected_message().encode() in wire.taken()
    assert running.daemon._drain.seconds == 7


def test_what_is_private_can_be_masked_from_now_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks for something shows numbers for a while, and calls go on."""
    running = Running(monkeypatch, log_private="masked")
    with capturedLogs() as events:
        running.ask("/ncco?from=447700900123")
        running.reload(log_private="shown")
        running.ask("/ncco?from=447700900123")
    masked, shown = (event["line"] for event in events if str(event.get("line", "")).startswith("NCCO for "))
    assert masked.startswith("NCCO for ***23 calling us ")
    assert shown.startswith("NCCO for 447700900123 calling us ")


def test_a_script_is_read_again_when_it_has_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another file, the same file with other content, no file: each is found out."""
    script = tmp_path / "ncco.json"
    script.write_text(json.dumps(HELLO))
    running = Running(monkeypatch)

    first, again = (running.reload(ncco=str(script)) for _ in range(2))
    assert [fresh.scripts_changed for fresh in (first, again)] == [("ncco",), ()]
    script.write_text(json.dumps(GOODBYE))
    third = running.reload(ncco=str(script))
    assert (third.scripts_changed, third.scripts["ncco"].template.actions) == (("ncco",), tuple(GOODBYE))
    assert running.reload().scripts["ncco"] is None


@pytest.mark.parametrize("name", ["ncco", "fallback_ncco", "busy_ncco"])
def test_each_script_can_come_and_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """A file that a reload brings is in service, a broken one is refused by the name of its setting."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps(HELLO))
    running = Running(monkeypatch)
    fresh = running.reload(**{name: str(script)})
    assert fresh.scripts_changed == (name,)
    assert getattr(running.parts, SCRIPTS[name]).template.actions == tuple(HELLO)
    script.write_text("{}")
    option = name.replace("_", "-")
    with pytest.raises(ConfigurationError, match=rf"^--{option}: .*script.json: "):
        running.reload(**{name: str(script)})
    assert running.reload().scripts[name] is None
    assert getattr(running.parts, SCRIPTS[name]) is None


@pytest.mark.parametrize("content", [None, "[]"])
def test_a_script_that_breaks_between_two_looks_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    """Checked along with all settings, and gone or broken a moment later: a sentence, and no traceback."""
    script = tmp_path / "ncco.json"
    script.write_text(json.dumps(HELLO))
    running = Running(monkeypatch)
    running.settings = running.given(ncco=str(script))
    if content is None:
        script.unlink()
    else:
        script.write_text(content)
    reload: Any = running.daemon.reload

    with pytest.raises(ConfigurationError) as caught:
        reload._read()

    (problem,) = caught.value.problems
    assert "cannot be read: No such file" in problem or problem.startswith("--ncco: ")


def test_new_certificates_come_with_a_new_factory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The port hands connections to it from then on; without a change it keeps the one that it has."""
    write_certificate(tmp_path)
    running = Running(monkeypatch, port=f"tls:{tmp_path}:8443:interface=127.0.0.1")
    port: Any = running.daemon.port
    old: Any = running.reactor.tcpServers[0][1]
    port.factory = old
    old.doStart()
    assert running.reload(port=running.settings.port).port_factory is None
    write_certificate(tmp_path)

    fresh = running.reload(port=running.settings.port)

    assert port.factory is fresh.port_factory is not old
    assert (port.factory.numPorts, old.numPorts) == (1, 0)
    assert running.reload(port=running.settings.port).port_factory is None


def test_what_has_to_be_proven_can_change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A secret in a file is another one after a reload; tokens that were used, and passes, are remembered."""
    file = tmp_path / "secret"
    file.write_text(ROTATED)
    running = Running(monkeypatch, signature_secret_file=str(file))
    now = int(time.time())
    old = bearer(None, secret=ROTATED, iat=now, jti="old")
    script = running.connect(f"GET /ncco HTTP/1.1\r\nHost: a\r\nAuthorization: {old}\r\n\r\n".encode())
    path = read_answer(script.taken()).json()[1]["endpoint"][0]["uri"].removeprefix("ws://a")

    file.write_text(f"{SECRET}\n{ROTATED}\n")
    assert "the signature secrets have changed" in summary(
        running.settings, running.reload(**running.given_texts)
    )
    file.write_text(SECRET)
    running.reload(**running.given_texts)

    assert running.status("/ncco", old) == 401
    assert running.status("/ncco", bearer(None, secret=ROTATED, iat=now, jti="new")) == 401
    assert running.status("/ncco", bearer(None, iat=now, jti="new")) == 200
    assert running.connect(upgrade_request(path, "a", KEY)).taken().startswith(b"HTTP/1.1 101 ")
    assert running.connect(upgrade_request(path, "a", KEY)).taken().startswith(b"HTTP/1.1 403 ")


def test_a_secret_that_is_gone_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty file does not open the daemon."""
    file = tmp_path / "secret"
    file.write_text(SECRET)
    running = Running(monkeypatch, signature_secret_file=str(file))
    file.write_text("")
    with pytest.raises(ConfigurationError, match="holds no secret"):
        running.reload(**running.given_texts)
    assert running.status("/ncco") == 503


def test_a_script_whose_sockets_prove_nothing_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """At the start, and when it is what has to be proven that changes; once each."""
    script = tmp_path / "ncco.json"
    script.write_text(
        json.dumps([{"action": "connect", "endpoint": [{"type": "websocket", "uri": "wss://a.example"}]}])
    )
    with capturedLogs() as events:
        running = Running(monkeypatch, ncco=str(script))
        assert reported(events) == []
        running.reload(ncco=str(script), signature_secret="s")
        assert len(reported(events)) == 1
        running.reload(ncco=str(script), signature_secret="t")
        assert len(reported(events)) == 1
        Running(monkeypatch, ncco=str(script), signature_secret="s")
    assert len(reported(events)) == 2
    assert reported(events)[0].endswith(
        "ncco.json: $[0].endpoint[0]: this socket will be refused: it proves its call by nothing that --socket-auth "
        'takes (token,vonage); write "uri": "${socket_url}"'
    )


def reported(events: Sequence[LogEvent]) -> list[str]:
    """The lines about sockets that will be refused."""
    return [line for event in events if "will be refused" in (line := str(formatEvent(event)))]
