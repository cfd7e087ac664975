"""A real daemon on each kind of port: TLS, Unix sockets, the PROXY protocol, systemd's sockets, IPv6, any interface."""

from __future__ import annotations

import http.client
import json
import shutil
import socket as sockets
import ssl
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import unix_connect

from tests.certificates import write_certificate
from tests.daemon import Daemon, free_port
from tests.frames import BINARY, connected_message
from tests.integration.conftest import FRAME, assert_echoes, call_number, dial, lines_of
from tests.raw_client import RawClient

#: What systemd does for a service with a socket: it listens, passes the socket as descriptor 3, and tells so.
SYSTEMD = """if True:
    import os, socket, sys
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    os.dup2(listening.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "echo.socket"}
    os.execv(sys.argv[2], sys.argv[2:])
"""


def has_ipv6() -> bool:
    """Whether ::1 can be listened on."""
    try:
        with sockets.create_server(("::1", 0), family=sockets.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


class EndpointDaemon(Daemon):
    """A daemon with this ``--port``, endpoint or number, and no ``--interface`` but that of the options."""

    def __init__(
        self, endpoint: str, *options: str, path: Path, port: int, wrapper: tuple[str, ...] = ()
    ) -> None:
        super().__init__(*options, path=path, port=port)
        at = self._command.index("--port")
        self._command[at : at + 4] = ["--port", endpoint]
        self._command[:0] = wrapper

    def _is_ready(self) -> bool:
        """Whether it listens, by the last line of its start: not each port here speaks HTTP on 127.0.0.1."""
        return "any WebSocket is accepted" in self.log


def ncco_socket_url(connection: http.client.HTTPConnection) -> str:
    """Ask for the NCCO on a connection, and for where it sends the call."""
    try:
        connection.request("GET", "/ncco")
        told: Any = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return str(told[1]["endpoint"][0]["uri"])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the key and the self-signed certificate of ``localhost``."""
    folder = tmp_path_factory.mktemp("certificates")
    write_certificate(folder)
    return folder


@pytest.mark.parametrize(
    "endpoint",
    [
        "tls:{folder}:{port}:interface=127.0.0.1",
        "ssl:{port}:privateKey={folder}/key.pem:certKey={folder}/certificate.pem:interface=127.0.0.1",
    ],
)
def test_tls_in_the_daemon_itself(installed: Path, certificates: Path, endpoint: str) -> None:
    """The NCCO says ``wss`` without any option, and a call by TLS echoes, and ends well at either side's wish."""
    port = free_port()
    trust = ssl.create_default_context(cafile=certificates / "certificate.pem")
    with EndpointDaemon(endpoint.format(port=port, folder=certificates), path=installed, port=port) as daemon:
        connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=trust)
        url = ncco_socket_url(connection)

        assert url == f"wss://localhost:{port}/socket"
        assert f"socket URL  {url}" in lines_of(daemon, "")
        with dial(url, ssl=trust) as socket:
            socket.send(connected_message())
            assert_echoes(socket, *(FRAME[number:] + FRAME[:number] for number in range(50)))
            number = call_number(daemon, f"127.0.0.1:{socket.local_address[1]}")
        log = daemon.wait_for_log(f"call {number} ended by ")
        assert "ended by provider (close code 1000)" in log
        with dial(url, ssl=trust) as socket:
            assert_echoes(socket)
            daemon.signal()
            with pytest.raises(ConnectionClosed, match="1001"):
                socket.recv(timeout=5)
        assert daemon.wait(5) == 0
        assert "Traceback" not in daemon.log


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short name: a Unix socket's path may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="echo-"))
    yield folder
    shutil.rmtree(folder)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, host: str) -> None:
        super().__init__(host, timeout=5)
        self._path = path

    def connect(self) -> None:
        """Connect to the file."""
        self.sock = sockets.socket(sockets.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def test_a_unix_socket(installed: Path, short_folder: Path) -> None:
    """Behind a proxy on the same machine: HTTP and a call go over a file, which is gone after the stop."""
    file = short_folder / "echo.sock"
    with EndpointDaemon(f"unix:{file}:mode=600", path=installed, port=free_port()) as daemon:
        assert f"echo 0.1.0 listens on the Unix socket {file}" in lines_of(daemon, "")
        assert ncco_socket_url(UnixConnection(file, "echo.example.com")) == "ws://echo.example.com/socket"
        with unix_connect(str(file), "ws://localhost/socket") as socket:
            socket.send(connected_message())
            assert_echoes(socket)
        assert "ended by provider (close code 1000)" in daemon.wait_for_log("call 1 ended")
        assert "call 1 from a local socket" in lines_of(daemon, "call 1 ")
        assert daemon.stop() == 0
    assert not file.exists()


def test_the_proxy_protocol_tells_the_real_caller(installed: Path) -> None:
    """
    With ``haproxy:tcp:``, the address in the PROXY header is the one that the log names.

    A connection without that header, which went past the proxy, is closed without an answer.
    """
    port = free_port()
    endpoint = f"haproxy:tcp:{port}:interface=127.0.0.1"
    with EndpointDaemon(endpoint, path=installed, port=port) as daemon, RawClient(port) as client:
        with RawClient(port) as bare:
            bare.send(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            assert bare.read_rest(5).end in {"fin", "reset"}
            assert bare.unread == b""
        client.send(f"PROXY TCP4 203.0.113.9 127.0.0.1 4711 {port}\r\n".encode())
        assert client.upgrade().status == 101
        client.send_text(connected_message())
        client.send_frame(BINARY, FRAME)

        assert client.read_frame().payload == FRAME
        assert call_number(daemon, "203.0.113.9:4711") == 1
        daemon.signal()
        assert client.read_frame().close_code == 1001
        assert "Traceback" not in daemon.log


def test_a_socket_of_systemd(installed: Path) -> None:
    """``systemd:`` serves on the socket that systemd listens on, and knows its address."""
    port = free_port()
    wrapper = (sys.executable, "-c", SYSTEMD, str(port))
    endpoint = "systemd:domain=INET:name=echo.socket"
    with EndpointDaemon(endpoint, path=installed, port=port, wrapper=wrapper) as daemon:
        assert f"echo 0.1.0 listens on 127.0.0.1, port {port}" in lines_of(daemon, "")
        url = ncco_socket_url(http.client.HTTPConnection("127.0.0.1", port, timeout=5))
        with dial(url) as socket:
            socket.send(connected_message())
            assert_echoes(socket)
        assert daemon.stop() == 0


def assert_serves(daemon: Daemon, host: str, who: str) -> None:
    """HTTP and a call reach the daemon at this address, and the log knows the caller by ``who``."""
    bare = host.strip("[]")
    url = ncco_socket_url(http.client.HTTPConnection(bare, daemon.port, timeout=5))
    assert url == f"ws://{host}:{daemon.port}/socket"
    with dial(url) as socket:
        socket.send(connected_message())
        assert_echoes(socket)
        assert call_number(daemon, f"{who}:{socket.local_address[1]}")


@needs_ipv6
def test_an_interface_of_ipv6(installed: Path) -> None:
    """``--interface ::1`` serves there, and not on 127.0.0.1."""
    port = free_port()
    with EndpointDaemon(str(port), "--interface", "::1", path=installed, port=port) as daemon:
        assert f"echo 0.1.0 listens on ::1, port {port}" in lines_of(daemon, "")
        assert_serves(daemon, "[::1]", "[::1]")
        with pytest.raises(ConnectionRefusedError), sockets.create_connection(("127.0.0.1", port), 5):
            pass


def test_all_interfaces_by_default(installed: Path) -> None:
    """Without ``--interface`` it is reached by IPv4, and by IPv6 where there is any, and start-up says so."""
    port = free_port()
    with EndpointDaemon(str(port), path=installed, port=port) as daemon:
        told = f"echo 0.1.0 listens on all interfaces, port {port}"
        assert any(line.startswith(told) for line in lines_of(daemon, "echo 0.1.0"))
        assert f"answer URL  http://localhost:{port}/ncco" in lines_of(daemon, "")
        assert_serves(daemon, "127.0.0.1", "127.0.0.1")
        if has_ipv6():
            assert_serves(daemon, "[::1]", "[::1]")
