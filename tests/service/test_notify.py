"""Tests of echo.service.notify: what a service manager hears, on a socket of the test's own."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from echo.service.lag import EVERY, Lag
from echo.service.notify import SMALL_LAG, Notifier, Pulse, socket_address, watchdog_seconds
from tests.doubles import RecordingLog


class Manager:
    """The service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)

    def heard(self) -> list[dict[str, str]]:
        """The messages that came since the last time."""
        messages: list[dict[str, str]] = []
        while True:
            try:
                text = self.socket.recv(4096).decode()
            except BlockingIOError:
                return messages
            messages.append(dict(line.split("=", 1) for line in text.split("\n")))


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest) -> Iterator[Manager]:
    """A manager that listens on a file, and one on an abstract name."""
    with tempfile.TemporaryDirectory(prefix="echo-") as folder:
        address = f"{folder}/notify" if request.param == "path" else f"@echo-{secrets.token_hex(8)}"
        listening = Manager(address)
        yield listening
        listening.socket.close()


@pytest.fixture
def notifier(manager: Manager) -> Iterator[tuple[Notifier, Clock, RecordingLog]]:
    """A notifier of that manager, with its clock and its log."""
    clock, log = Clock(), RecordingLog()
    notifier = Notifier({"NOTIFY_SOCKET": manager.address}, clock, log)
    yield notifier, clock, log
    notifier.close()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/run/systemd/notify", "/run/systemd/notify"),
        ("@name", "\0name"),
        ("@", None),
        ("", None),
        ("vsock:2:1234", None),
        ("run/notify", None),
    ],
)
def test_addresses_of_the_socket(text: str, address: str | None) -> None:
    """A path is a path, ``@`` begins an abstract name, anything else is none (sd_notify(3))."""
    assert socket_address(text) == address


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "42"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "often"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "9" * 5000}, None),
        ({"WATCHDOG_USEC": "\N{ARABIC-INDIC DIGIT ONE}"}, None),
    ],
)
def test_the_time_of_the_watchdog(environ: dict[str, str], seconds: float | None) -> None:
    """It is that of WATCHDOG_USEC, if it is a number and meant for this process (sd_watchdog_enabled(3))."""
    assert watchdog_seconds(environ, 42) == seconds


def test_a_message_arrives(manager: Manager, notifier: tuple[Notifier, Clock, RecordingLog]) -> None:
    """Each word is a line, in one datagram."""
    notifier[0].tell(READY=1, STATUS="taking calls")

    assert manager.heard() == [{"READY": "1", "STATUS": "taking calls"}]


def test_a_full_queue_is_waited_for_without_blocking(
    manager: Manager, notifier: tuple[Notifier, Clock, RecordingLog]
) -> None:
    """What a manager that is busy cannot take now is sent in order later."""
    full, clock, _ = notifier
    sent = 0
    while not clock.getDelayedCalls():
        full.tell(N=sent)
        sent += 1
    full.tell(N=sent)
    heard = manager.heard()

    clock.advance(1)

    heard += manager.heard()
    assert [message["N"] for message in heard] == [str(number) for number in range(sent + 1)]
    assert clock.getDelayedCalls() == []


def test_a_manager_that_is_gone_is_told_of_once(
    manager: Manager, notifier: tuple[Notifier, Clock, RecordingLog]
) -> None:
    """A warning, and no more attempts: a service must not end for that."""
    lonely, _, log = notifier
    manager.socket.close()

    lonely.tell(READY=1)
    lonely.tell(WATCHDOG=1)

    (line,) = log.at("warn")
    assert line == f"the service manager cannot be told how we are: {os.strerror(errno.ECONNREFUSED)}"
    assert not lonely.is_heard


def test_without_a_manager_nothing_is_sent() -> None:
    """Without the variable there is nobody to tell, and with a strange one a line says so."""
    log = RecordingLog()

    silent = Notifier({}, Clock(), log)
    strange = Notifier({"NOTIFY_SOCKET": "vsock:2:1\n"}, Clock(), log)
    silent.tell(READY=1)
    strange.tell(READY=1)

    assert not silent.is_heard
    assert not strange.is_heard
    (line,) = log.at("warn")
    assert line.startswith(r"NOTIFY_SOCKET=vsock:2:1\n is no address")


class Heart:
    """A pulse with all that it needs, and the manager that feels it."""

    def __init__(self, manager: Manager, watchdog: float | None) -> None:
        self.manager = manager
        self.clock = Clock()
        self.lag = Lag(self.clock)
        self.status = "taking calls, 0 calls are on"
        self.notifier = Notifier({"NOTIFY_SOCKET": manager.address}, self.clock, RecordingLog())
        self.pulse = Pulse(
            reactor=self.clock,
            notifier=self.notifier,
            lag=self.lag,
            watchdog=watchdog,
            status=lambda: self.status,
        )

    def start(self) -> None:
        """Begin, and forget what was said at the beginning."""
        self.lag.start()
        self.pulse.start()
        self.manager.heard()

    def pass_in_time(self, seconds: float) -> None:
        """Let time pass with each timer fired when it is due."""
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)

    def stop(self) -> None:
        """End, and see to it that nothing is left."""
        self.lag.stop()
        self.pulse.stop()
        assert self.clock.getDelayedCalls() == []


def test_the_beginning(manager: Manager) -> None:
    """We are ready, and say how we are; the watchdog is fed at once."""
    heart = Heart(manager, watchdog=10.0)

    heart.pulse.start()

    assert manager.heard() == [{"READY": "1", "STATUS": heart.status}, {"WATCHDOG": "1"}]
    heart.stop()


def test_the_watchdog_is_fed_four_times_in_its_time(manager: Manager) -> None:
    """Three feeds may be lost before the manager loses patience."""
    heart = Heart(manager, watchdog=10.0)
    heart.start()

    heart.pass_in_time(10.3)

    assert [message.get("WATCHDOG") for message in manager.heard()] == ["1"] * 4
    heart.stop()


def test_without_a_watchdog_none_is_fed(manager: Manager) -> None:
    """Only what has changed is told."""
    heart = Heart(manager, watchdog=None)
    heart.start()

    heart.pass_in_time(10)
    assert manager.heard() == []

    heart.status = "taking calls, 1 call is on"
    heart.pass_in_time(3)
    assert manager.heard() == [{"STATUS": heart.status}]
    heart.stop()


def test_a_late_reactor_does_not_feed_the_watchdog(manager: Manager) -> None:
    """While each timer is late by more than a second the watchdog starves, and soon after it is fed again."""
    heart = Heart(manager, watchdog=10.0)
    heart.start()

    for _ in range(10):
        heart.clock.advance(SMALL_LAG + EVERY + 0.5)
    assert manager.heard() == []

    heart.pass_in_time(3 * EVERY)
    assert manager.heard() == [{"WATCHDOG": "1"}]
    heart.stop()


def test_a_stall_that_is_over_starves_no_watchdog(manager: Manager) -> None:
    """Stopped for five seconds and continued, the process is fed for well within ten."""
    heart = Heart(manager, watchdog=10.0)
    heart.start()

    heart.clock.advance(5.0)
    heart.pass_in_time(3 * EVERY)

    assert {"WATCHDOG": "1"} in manager.heard()
    heart.stop()


def test_a_stop_asks_for_time_again_and_again(manager: Manager) -> None:
    """A drain may take hours: each notice asks for another quarter of a minute, so that one that hangs is ended."""
    heart = Heart(manager, watchdog=10.0)
    heart.start()
    heart.status = "draining, 1 call is on, for 7200 s at most"

    heart.pulse.stopping()

    (begun,) = manager.heard()
    assert begun == {"STOPPING": "1", "STATUS": heart.status, "EXTEND_TIMEOUT_USEC": "15000000"}
    heart.pass_in_time(10.3)
    assert manager.heard() == [{"WATCHDOG": "1", "EXTEND_TIMEOUT_USEC": "15000000"}] * 4
    heart.stop()


def test_a_reload_begins_with_the_time_and_ends(manager: Manager) -> None:
    """A manager wants to know when the reload began, in microseconds of CLOCK_MONOTONIC, to tell it from others."""
    heart = Heart(manager, watchdog=None)
    heart.start()
    heart.clock.advance(1.5)

    heart.pulse.reloading()
    heart.pulse.ready()

    assert manager.heard() == [{"RELOADING": "1", "MONOTONIC_USEC": "1500000"}, {"READY": "1"}]
    heart.stop()


def test_a_reload_that_ends_within_a_stop_is_not_told(manager: Manager) -> None:
    """Who stops is not ready again."""
    heart = Heart(manager, watchdog=None)
    heart.start()
    heart.pulse.stopping()
    manager.heard()

    heart.pulse.ready()

    assert manager.heard() == []
    heart.stop()
