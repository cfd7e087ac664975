"""Tests of echo.service.daemon and maker: the daemon's life, without sockets."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogEvent, capturedLogs

from echo.call.session import CallSession
from echo.service import daemon as daemon_module
from echo.service import maker
from echo.service.daemon import Daemon
from echo.service.maker import Options, make_daemon, makeService
from echo.service.settings import resolve
from echo.websocket.protocol import CallProtocol
from tests.face import KEY, Wire, read_answer
from tests.frames import connected_message, encode_frame, upgrade_request


@pytest.fixture(autouse=True)
def _process_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave this process's limits alone."""
    monkeypatch.setattr(daemon_module, "raise_descriptor_limit", lambda: None)


class Reactor(MemoryReactorClock):
    """A reactor in memory whose ports can be refused."""

    refusal: Exception | None = None

    def listenTCP(self, port: int, factory: object, backlog: int = 50, interface: str = "") -> object:
        """Listen, or refuse to."""
        if self.refusal is not None:
            raise self.refusal
        return super().listenTCP(port, factory, backlog, interface)


def start(given: Mapping[str, str] | None = None) -> tuple[Daemon, Reactor]:
    """Make a daemon on a reactor in memory and start it."""
    reactor = Reactor()
    settings = resolve({"interface": "127.0.0.1", **(given or {})}, {}, lambda _path: b"")
    daemon = make_daemon(settings, reactor)
    daemon.privilegedStartService()
    daemon.startService()
    return daemon, reactor


def connect(reactor: Reactor, data: bytes) -> Wire:
    """Connect to the port that is listened on, and send ``data``."""
    wire = Wire(IPv4Address("TCP", "192.0.2.7", 5060))
    wire.protocol = reactor.tcpServers[0][1].buildProtocol(wire.getPeer())
    wire.protocol.makeConnection(wire)
    wire.receive(data)
    return wire


def test_it_listens_where_it_was_told() -> None:
    """The port of the settings is opened, with a backlog for a busy hour."""
    daemon, reactor = start({"port": "8123"})

    port, _, backlog, interface = reactor.tcpServers[0]
    assert (port, backlog, interface) == (8123, 1024, "127.0.0.1")
    assert daemon.address is not None


@pytest.mark.parametrize(("allowed", "told"), [(None, False), (3064, False), (3063, True)])
def test_too_few_descriptors_are_told(
    monkeypatch: pytest.MonkeyPatch, allowed: int | None, *, told: bool
) -> None:
    """An operator whose system allows fewer connections than the limits do knows it from the start."""
    monkeypatch.setattr(daemon_module, "raise_descriptor_limit", lambda: allowed)
    with capturedLogs() as events:
        start()

    assert any("descriptors" in str(event.get("line")) for event in events) is told


def test_before_it_listens_it_has_no_address() -> None:
    """The address is known once the port is open."""
    settings = resolve({"interface": "127.0.0.1"}, {}, lambda _path: b"")

    assert make_daemon(settings, Reactor()).address is None


def test_a_port_that_cannot_be_had_ends_the_process_in_one_line(tmp_path: Path) -> None:
    """The line names the port and the reason, and the pid file goes with us."""
    pidfile = tmp_path / "twistd.pid"
    pidfile.write_text(str(os.getpid()))
    settings = resolve({"interface": "127.0.0.1"}, {}, lambda _path: b"")
    reactor = Reactor()
    reactor.refusal = OSError("already in use")
    daemon = make_daemon(settings, reactor, {"pidfile": str(pidfile)})

    with pytest.raises(SystemExit) as caught:
        daemon.privilegedStartService()

    assert str(caught.value).startswith("echo: cannot listen on tcp:8000:")
    assert "already in use" in str(caught.value)
    assert not pidfile.exists()


def test_a_stop_without_calls_is_over_at_once() -> None:
    """Nothing to wait for, nothing waited for."""
    daemon, reactor = start()
    done: list[object] = []

    daemon.stopService().addCallback(done.append)

    assert done == [None]
    assert reactor.getDelayedCalls() == []


def test_a_stop_waits_for_the_calls_that_it_closes() -> None:
    """Calls get a Close frame with 1001, new ones get 503, and the stop is over with the last connection."""
    daemon, reactor = start()
    call = connect(reactor, upgrade_request("/socket", "a", KEY))
    assert isinstance(call.protocol, CallProtocol)
    call.taken()
    done: list[object] = []

    daemon.stopService().addCallback(done.append)

    assert call.taken()[2:4] == (1001).to_bytes(2, "big")
    assert read_answer(connect(reactor, upgrade_request("/socket", "a", KEY)).taken()).status == 503
    assert done == []
    call.lose()
    reactor.advance(2)  # for the one who was refused to read it
    assert done == [None]


def test_a_call_that_does_not_answer_holds_up_nobody() -> None:
    """Five seconds after the Close frame a call is ended by force, and the stop is over."""
    daemon, reactor = start()
    call = connect(reactor, upgrade_request("/socket", "a", KEY))
    done: list[object] = []
    daemon.stopService().addCallback(done.append)

    reactor.advance(5)

    assert call.aborted
    assert done == [None]


def test_a_stop_does_not_wait_for_ever(logged_errors: list[LogEvent]) -> None:
    """A call that, by a bug of ours, never leaves the list holds up the stop for nine seconds and no longer."""
    daemon, reactor = start()
    call = connect(reactor, upgrade_request("/socket", "a", KEY))
    call.abortConnection = lambda: None  # type: ignore[method-assign]  # a connection that cannot be ended
    done: list[object] = []
    daemon.stopService().addCallback(done.append)

    for _ in range(9):
        assert done == []
        reactor.advance(1)

    assert done == [None]
    assert "1 call did not end in time" in logged_errors.pop()["line"]


def test_one_call_that_cannot_be_closed_spares_no_other(
    monkeypatch: pytest.MonkeyPatch, logged_errors: list[LogEvent]
) -> None:
    """A bug in the end of one call does not keep the others from their Close frames."""
    daemon, reactor = start()
    calls = [connect(reactor, upgrade_request("/socket", "a", KEY)) for _ in range(2)]
    broken, other = (call.protocol.session for call in calls)
    close = CallSession.close
    monkeypatch.setattr(
        CallSession, "close", lambda call, *why: 1 / 0 if call is broken else close(call, *why)
    )
    calls[1].taken()

    daemon.stopService()

    assert calls[1].taken()[2:4] == (1001).to_bytes(2, "big")
    assert other.ending is not None
    assert "call 1: closing failed" in logged_errors.pop()["line"]


def test_a_daemon_that_never_listened_can_be_stopped() -> None:
    """Stopping before the start is no error."""
    daemon = make_daemon(resolve({"interface": "127.0.0.1"}, {}, lambda _path: b""), Reactor())
    done: list[object] = []

    daemon.stopService().addCallback(done.append)

    assert done == [None]


def test_wrong_settings_end_the_process_with_a_line_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is wrong with options and files is told at once, without a traceback."""
    monkeypatch.setattr(maker, "use_monotonic_clock", lambda _reactor: None)
    options = Options()
    options.parseOptions(["--rate", "1", "--bogus"])

    with pytest.raises(SystemExit) as caught:
        makeService(options, Reactor())

    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("echo: --") for line in lines)


def test_a_script_of_the_operators_is_served(tmp_path: Path) -> None:
    """``--ncco`` makes the answer URL answer with that file."""
    script = tmp_path / "ncco.json"
    script.write_text('[{"action": "talk", "text": "hello"}]')
    settings = resolve({"ncco": str(script)}, {}, lambda path: Path(path).read_bytes())

    assert make_daemon(settings, Reactor()) is not None


def test_the_service_is_made_from_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """``makeService`` as twistd calls it: options in, a service out."""
    monkeypatch.delenv("ECHO_PORT", raising=False)
    options = Options()
    options.parseOptions(["--port", "8124", "--interface", "127.0.0.1"])

    service = makeService(options, Reactor())

    assert isinstance(service, Daemon)


class LateEndpoint:
    """An endpoint that takes its time."""

    def __init__(self) -> None:
        self.listening: Deferred[object] = Deferred()

    def listen(self, factory: object) -> Deferred[object]:
        """Promise a port."""
        return self.listening


def test_an_endpoint_that_fails_later_ends_the_daemon(
    monkeypatch: pytest.MonkeyPatch, logged_errors: list[LogEvent]
) -> None:
    """A daemon that turns out to have no port says so and stops."""
    endpoint = LateEndpoint()
    monkeypatch.setattr(maker, "server_endpoint", lambda *_: endpoint)
    _, reactor = start()
    reactor.running = True

    endpoint.listening.errback(OSError("the name server is gone"))

    assert "the name server is gone" in logged_errors[0]["line"]
    assert reactor.hasStopped
    logged_errors.clear()


def test_a_signal_drains_and_then_stops_the_reactor() -> None:
    """Calls go on for the time that they are given, are closed, and with the last one everything ends."""
    daemon, reactor = start({"drain": "60"})
    call = connect(reactor, upgrade_request("/socket", "a", KEY))
    call.protocol.dataReceived(encode_frame(1, connected_message().encode()))
    call.taken()

    daemon.hurry()
    reactor.advance(1)
    assert (call.taken(), reactor.hasStopped) == (b"", False)
    daemon.hurry()
    assert call.taken()[2:4] == (1001).to_bytes(2, "big")
    call.lose()

    assert reactor.hasStopped


def test_a_signal_ends_the_wait_for_requests() -> None:
    """Somebody who has connected and says nothing is waited for, but not by who is in a hurry."""
    daemon, reactor = start()
    connect(reactor, b"GET /health HTTP/1.1\r\n")
    done: list[object] = []
    daemon.hurry()
    daemon.stopService().addCallback(done.append)
    assert done == []

    daemon.hurry()

    assert done == [None]


class Taken:
    """The signals of a process, as the daemon takes them."""

    def __init__(self) -> None:
        self.is_over = False

    def serve(self, stop: Callable[[], None], reload: Callable[[], None]) -> None:
        """Keep what is to be done."""
        self.stop, self.reload = stop, reload

    def nothing_is_left(self) -> None:
        """Note the end."""
        self.is_over = True


def test_it_takes_the_signals_when_the_reactor_runs() -> None:
    """They come to the daemon from then on; a reload is not done within a stop, and the end is told."""
    reactor, signals = Reactor(), Taken()
    settings = resolve({"interface": "127.0.0.1", "drain": "0"}, {}, lambda _path: b"")
    daemon = make_daemon(settings, reactor, signals=signals)  # type: ignore[arg-type]  # as much as is needed
    reloads: list[str] = []
    daemon.reload = lambda: reloads.append("reload")
    daemon.privilegedStartService()
    daemon.startService()
    try:
        for hook, arguments, keywords in reactor.whenRunningHooks:
            hook(*arguments, **keywords)

        signals.reload()
        signals.stop()
        with capturedLogs() as events:
            signals.reload()
        daemon.stopService()
    finally:
        gc.unfreeze()

    assert (reloads, reactor.hasStopped, signals.is_over) == (["reload"], True, True)
    assert [event["line"] for event in events] == ["not reloaded: the daemon is stopping"]
    assert reactor.getDelayedCalls() == []


def test_a_stop_before_the_reactor_runs_starts_nothing() -> None:
    """A service that was stopped at once has no timers when its reactor comes to run."""
    daemon, reactor = start()
    daemon.stopService()
    try:
        for hook, arguments, keywords in reactor.whenRunningHooks:
            hook(*arguments, **keywords)
    finally:
        gc.unfreeze()

    assert reactor.getDelayedCalls() == []
