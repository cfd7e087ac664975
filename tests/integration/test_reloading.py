"""SIGHUP on a real daemon: what has changed counts from then on, no call notices, and what is wrong changes nothing."""

from __future__ import annotations

import json
import signal
import socket as sockets
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.certificates import write_certificate
from tests.daemon import Daemon, free_port
from tests.frames import connected_message
from tests.integration.conftest import assert_echoes, begin_call, dial, wait_until
from tests.integration.test_endpoints import EndpointDaemon

HELLO, GOODBYE = ([{"action": "talk", "text": text}] for text in ("hello", "goodbye"))


class Reloading(Daemon):
    """A daemon with a TOML file of its own."""

    def __init__(self, folder: Path, path: Path) -> None:
        super().__init__("--config", str(folder / "echo.toml"), path=path)
        self.toml = folder / "echo.toml"
        self.script = folder / "ncco.json"
        self.script.write_text(json.dumps(HELLO))
        self.write(max_calls=10)

    def write(self, **settings: object) -> None:
        """Write the TOML file."""
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        self.toml.write_text("\n".join(lines))

    def reload(self) -> str:
        """Send SIGHUP, and wait for the line that tells what it did."""
        before = len(self.log)
        self.signal(signal.SIGHUP)
        self.wait_for_log("reloaded", since=before)
        (line,) = [line for line in self.log[before:].splitlines() if "reloaded" in line]
        return line.partition("] ")[2]


@pytest.fixture
def daemon(installed: Path, tmp_path: Path) -> Iterator[Reloading]:
    """A daemon that runs."""
    with Reloading(tmp_path, installed) as running:
        yield running


def test_limits_script_and_log_level_change_under_a_call(daemon: Reloading) -> None:
    """A call that is on goes on under its own terms; what comes from then on has the new ones."""
    with begin_call(daemon) as socket:
        assert_echoes(socket)
        before = daemon.health()["uptime"]
        daemon.write(max_calls=1, max_message=100, ncco=str(daemon.script), log_level="debug")
        assert daemon.reload() == (
            f"reloaded: ncco is {daemon.script} now (was not set); log_level is debug now (was info); "
            "max_message is 100 now (was 8192); max_calls is 1 now (was 10)"
        )
        assert_echoes(socket)  # of 640 bytes each
        assert json.loads(daemon.get("/ncco")[1]) == HELLO
        daemon.wait_for_log("GET /ncco 200")
        assert daemon.health()["uptime"] > before
        with pytest.raises(InvalidStatus, match="503"), dial(f"ws://127.0.0.1:{daemon.port}/socket"):
            pass
    wait_until(lambda: daemon.health()["calls_now"] == 0)
    with dial(f"ws://127.0.0.1:{daemon.port}/socket") as socket:
        assert_echoes(socket, bytes(100))
        socket.send(bytes(101))
        with pytest.raises(ConnectionClosed, match="1009"):
            socket.recv(timeout=5)
    daemon.script.write_text(json.dumps(GOODBYE))
    assert daemon.reload() == f"reloaded: {daemon.script} was read again"
    assert json.loads(daemon.get("/ncco")[1]) == GOODBYE
    assert daemon.stop() == 0


def test_nothing_has_changed(daemon: Reloading) -> None:
    """A reload without a change says so, and one that has to wait for a restart says that."""
    assert daemon.reload() == "reloaded: nothing has changed"

    daemon.write(max_calls=10, app="reflect", when_slow="close", rate=8000)
    assert daemon.reload() == (
        "reloaded: rate is 8000 now (was 16000); app is reflect now (was echo); when_slow is close now (was drop)"
    )
    with dial(f"ws://127.0.0.1:{daemon.port}/socket") as socket:
        socket.send(connected_message())
        assert socket.recv(timeout=5) == connected_message()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"max_calls": 5, "rate": 44100},
            "rate in {toml}: '44100' is not a rate of the Voice API; allowed: ",
        ),
        ({"max_calls": 5, "ncco": "/nowhere"}, "ncco in {toml}: '/nowhere' cannot be read: No such file"),
        ({"max_calls": 5, "ncco": "{toml}"}, "ncco in {toml}: "),
        ({"max_kalls": 5}, "max_kalls in {toml}: there is no such setting; did you mean max_calls?"),
    ],
)
def test_what_is_wrong_leaves_the_old_values(
    daemon: Reloading, settings: dict[str, object], problem: str
) -> None:
    """One sentence says what is wrong and where; nothing of the file counts, not even what is right in it."""
    filled = {name: str(daemon.toml) if value == "{toml}" else value for name, value in settings.items()}
    daemon.write(**filled)
    told = daemon.reload()

    assert told.startswith(f"not reloaded, everything stays as it was: {problem.format(toml=daemon.toml)}"), (
        told
    )
    daemon.write(max_calls=10)
    assert daemon.reload() == "reloaded: nothing has changed"
    assert "Traceback" not in daemon.log


def served(port: int) -> tuple[int, ssl.SSLSocket]:
    """Connect by TLS: the serial number of the certificate that is shown, and the connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = sockets.create_connection(("127.0.0.1", port), 5)
    connection = context.wrap_socket(plain, server_hostname="localhost")
    shown = connection.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown).serial_number, connection


def serial(port: int) -> int:
    """The serial number of the certificate that is shown to whoever connects now."""
    number, connection = served(port)
    connection.close()
    return number


@pytest.mark.parametrize(
    "endpoint",
    [
        "tls:{folder}:{port}:interface=127.0.0.1",
        "ssl:{port}:privateKey={folder}/key.pem:certKey={folder}/certificate.pem:interface=127.0.0.1",
    ],
)
def test_new_certificates_are_shown_from_then_on(installed: Path, tmp_path: Path, endpoint: str) -> None:
    """A call goes on with the old one; certificates that cannot be used are told, and the good ones stay."""
    first = write_certificate(tmp_path)
    port = free_port()
    trust = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    with EndpointDaemon(endpoint.format(port=port, folder=tmp_path), path=installed, port=port) as daemon:
        assert serial(port) == first
        with dial(f"wss://localhost:{port}/socket", ssl=trust) as socket:
            socket.send(connected_message())
            assert_echoes(socket)
            second = write_certificate(tmp_path)
            assert serial(port) == first
            daemon.signal(signal.SIGHUP)
            daemon.wait_for_log("reloaded: the certificates were read again")
            assert serial(port) == second
            assert_echoes(socket)

            (tmp_path / "key.pem").write_text("no key")
            daemon.signal(signal.SIGHUP)
            daemon.wait_for_log("not reloaded, everything stays as it was: --port: ")
            assert serial(port) == second
            assert_echoes(socket)
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.log
