"""Tests of echo.service.operator and face: the operator's port of a daemon, without sockets."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogEvent, capturedLogs

from echo.errors import ConfigurationError
from echo.service import daemon as daemon_module
from echo.service.daemon import Daemon
from echo.service.maker import make_daemon
from echo.service.settings import Settings, resolve
from tests.face import KEY, Answer, Wire, read_answer
from tests.frames import connected_message, encode_frame, upgrade_request


class Refusing(MemoryReactorClock):
    """A reactor in memory on which one port is somebody else's."""

    taken: int | None = None

    def listenTCP(self, port: int, factory: object, backlog: int = 50, interface: str = "") -> object:
        """Listen, or refuse to."""
        if port == self.taken:
            raise OSError("already in use")
        return super().listenTCP(port, factory, backlog, interface)


class Running:
    """A daemon in memory with an operator's port."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **texts: str) -> None:
        monkeypatch.setattr(daemon_module, "raise_descriptor_limit", lambda: None)
        self.reactor = Refusing()
        self.settings = self.given(**texts)
        self.daemon: Daemon = make_daemon(self.settings, self.reactor, read_settings=lambda: self.settings)

    def given(self, **texts: str) -> Settings:
        """Settings that somebody gave."""
        return resolve({"interface": "127.0.0.1", "operator_port": "9000", **texts}, {}, lambda _: b"")

    def start(self) -> Running:
        """Listen."""
        self.daemon.privilegedStartService()
        self.daemon.startService()
        return self

    def connect(self, place: int, data: bytes) -> Wire:
        """Connect to the public port (0) or to the operator's (1), and send ``data``."""
        wire = Wire(IPv4Address("TCP", "192.0.2.7", 5060))
        wire.protocol = self.reactor.tcpServers[place][1].buildProtocol(wire.getPeer())
        wire.protocol.makeConnection(wire)
        wire.receive(data)
        self.reactor.advance(0)
        return wire

    def look(self, path: str) -> Answer:
        """GET a page of the operator's."""
        return read_answer(
            self.connect(1, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).taken()
        )

    def call(self) -> Wire:
        """Open a call that has said its first message."""
        wire = self.connect(
            0, upgrade_request("/socket", "a", KEY) + encode_frame(1, connected_message().encode())
        )
        assert wire.taken().startswith(b"HTTP/1.1 101 ")
        return wire


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Running:
    """A daemon that listens on both ports."""
    return Running(monkeypatch).start()


def test_a_number_is_a_port_of_this_machine(running: Running) -> None:
    """It is on loopback, wherever calls come in."""
    assert [(port, interface) for port, _, _, interface in running.reactor.tcpServers] == [
        (8000, "127.0.0.1"),
        (9000, "127.0.0.1"),
    ]


def test_an_endpoint_is_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken as it is, and the log warns of who can see it."""
    with capturedLogs() as events:
        running = Running(monkeypatch, operator_port="tcp:9001:interface=192.0.2.1").start()

    assert running.reactor.tcpServers[1][0::3] == (9001, "192.0.2.1")
    assert any("sees who calls" in line for line in lines(events))


def test_without_the_setting_there_is_no_such_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """One port, no word of another, and nothing loaded that only it needs."""
    monkeypatch.setattr(daemon_module, "raise_descriptor_limit", lambda: None)
    monkeypatch.setitem(sys.modules, "echo.web.operator", None)
    reactor = MemoryReactorClock()

    with capturedLogs() as events:
        make_daemon(resolve({}, {}, lambda _: b""), reactor).privilegedStartService()

    assert len(reactor.tcpServers) == 1
    assert not any("operator" in line for line in lines(events))


def test_the_figures_are_those_of_the_calls(running: Running) -> None:
    """What happens on the public port shows on the operator's."""
    running.call()
    running.reactor.advance(2)

    (call,) = running.look("/calls").json()["live"]
    assert (call["number"], call["seconds"]) == (1, 2.0)
    figures = running.look("/metrics").body.decode()
    assert "echo_calls_live 1.0\n" in figures
    assert "process_resident_memory_bytes " in figures


def test_refusals_show(running: Running) -> None:
    """A peer that is let go for a limit is in the figures."""
    running.call().receive(encode_frame(2, bytes(9000)))

    assert 'echo_refusals_total{limit="max_message"} 1.0\n' in running.look("/metrics").body.decode()


def test_it_is_not_ready_while_its_memory_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are refused for that as well."""
    monkeypatch.setattr("echo.service.maker.memory_used", lambda: 1 << 50)
    answer = Running(monkeypatch).start().look("/ready")
    assert (answer.status, answer.json()) == (503, {"status": "full"})


def test_it_is_not_ready_while_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its last place taken a balancer is sent elsewhere, until there is one again."""
    running = Running(monkeypatch, max_calls="1").start()
    assert running.look("/ready").status == 200
    wire = running.call()

    full = running.look("/ready")
    assert (full.status, full.json()) == (503, {"status": "full"})
    wire.lose()
    assert running.look("/ready").status == 200


def test_it_can_be_watched_while_it_drains(running: Running) -> None:
    """The port stays until the last call is gone, says that it is not ready, and keeps its connections."""
    wire = running.call()
    running.daemon.hurry()

    answer = running.look("/ready")
    assert (answer.status, answer.json()) == (503, {"status": "draining"})
    assert "connection" not in answer.headers
    assert len(running.look("/calls").json()["live"]) == 1
    done: list[object] = []
    running.daemon.stopService().addCallback(done.append)
    assert running.look("/ready").status == 503
    wire.lose()
    running.reactor.advance(2)
    assert done == [None]


def test_both_ports_are_given_up_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the last call both go, and a list that is being written is written whole."""
    running = Running(monkeypatch).start()
    closed: list[int] = []
    for number, face in enumerate(running.daemon._faces):
        port: Any = face.port
        monkeypatch.setattr(port, "stopListening", lambda number=number: closed.append(number))
    wire = running.call()
    scraper = running.connect(1, b"GET /calls HTTP/1.1\r\nHost: localhost\r\n")
    done: list[object] = []
    running.daemon.stopService().addCallback(done.append)
    assert closed == []
    wire.lose()
    assert closed == [0, 1]

    scraper.receive(b"\r\n")
    running.reactor.advance(0)

    answer = read_answer(scraper.taken())
    assert (len(answer.json()["ended"]), answer.headers["connection"]) == (1, "close")
    scraper.lose()
    assert done == [None]


def test_who_is_in_a_hurry_does_not_wait_for_the_operator(running: Running) -> None:
    """A signal ends the wait for requests on either port."""
    running.connect(1, b"GET /calls HTTP/1.1\r\n")
    done: list[object] = []
    running.daemon.hurry()
    running.daemon.stopService().addCallback(done.append)
    assert done == []

    running.daemon.hurry()

    assert done == [None]


def test_a_port_that_cannot_be_had_ends_the_process_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the operator's port, not that of the calls."""
    running = Running(monkeypatch)
    running.reactor.taken = 9000

    with pytest.raises(SystemExit, match=r"^echo: cannot listen on tcp:9000:.*already in use$"):
        running.daemon.privilegedStartService()


def test_an_endpoint_that_is_none_is_told_by_its_setting() -> None:
    """All that is wrong is told at once, each by its name."""
    given = {"port": "tcp:x", "operator_port": "tpc:9000"}
    with pytest.raises(ConfigurationError) as caught:
        resolve(given, {}, lambda _: b"")

    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["--port", "--operator-port"]


def test_a_reload_bounds_the_operators_requests_too(running: Running) -> None:
    """A limit on requests is one on both ports; the port itself stays until a restart."""
    running.settings = running.given(max_header="100", operator_port="9001")
    reload: Any = running.daemon.reload
    fresh = reload._read()

    reload._put(fresh)

    wire = running.connect(1, b"GET /ready HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100 + b"\r\n\r\n")
    assert read_answer(wire.taken()).status == 431
    with capturedLogs() as events:
        reload._take(fresh)
    assert lines(events)[-1].endswith("; operator_port cannot change before a restart")


def lines(events: Sequence[LogEvent]) -> list[str]:
    """What was logged."""
    return [str(event.get("line")) for event in events]


def test_the_list_is_json_whatever_was_said(running: Running) -> None:
    """A first message of odd text breaks nothing."""
    wire = running.connect(0, upgrade_request("/socket", "a", KEY))
    wire.receive(encode_frame(1, '{"event":"websocket:connected","x":"\\u202e\\u0000é"}'.encode()))

    body = running.look("/calls").body

    assert json.loads(body)["live"][0]["metadata"] == {"x": "\u202e\0é"}
    assert body.isascii()
