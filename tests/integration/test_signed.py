"""A daemon with a signature secret and the phone that signs with it, over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.conftest import ROOT
from tests.daemon import Daemon
from tests.integration.conftest import assert_echoes, dial, needs_proc
from tests.tokens import ROTATED, SECRET, bearer

#: What stands behind /socket/ in an address.
TOKEN = re.compile(r"/socket/([A-Za-z0-9_-]{22})")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A file with one secret."""
    path = tmp_path / "secrets"
    path.write_text(f"{SECRET}\n")
    return path


@pytest.fixture
def daemon(installed: Path, secrets: Path) -> Iterator[Daemon]:
    """A daemon that knows it."""
    with Daemon("--signature-secret-file", str(secrets), path=installed) as running:
        yield running


def phone(daemon: Daemon, *words: str, secret: str | None = SECRET) -> subprocess.CompletedProcess[str]:
    """Let the phone call the daemon for a second."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    if secret is not None:
        environment["ECHO_PHONE_SIGNATURE_SECRET"] = secret
    url = f"http://127.0.0.1:{daemon.port}/ncco"
    return subprocess.run(
        [sys.executable, "-m", "echo.phone", "call", url, "--duration", "1", "--expect", "echo", *words],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def ask(daemon: Daemon, path: str = "/ncco", **said: object) -> tuple[int, bytes]:
    """GET a path with a signature of just now; ``secret`` and claims may be other ones."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=5)
    authorization = bearer(None, **{"iat": int(time.time()), **said})  # type: ignore[arg-type]
    connection.request("GET", path, headers={"Authorization": authorization, "Connection": "close"})
    response = connection.getresponse()
    try:
        return response.status, response.read()
    finally:
        connection.close()


def socket_of(daemon: Daemon, jti: str) -> str:
    """The address of the socket in a script of its own."""
    uri: str = json.loads(ask(daemon, jti=jti)[1])[1]["endpoint"][0]["uri"]
    return uri


def is_refused(url: str, **headers: str) -> bool:
    """Whether a socket is refused with 403."""
    try:
        with dial(url, additional_headers=headers):
            return False
    except InvalidStatus as refused:
        return refused.response.status_code == 403


@pytest.mark.parametrize("words", [(), ("--post",)])
def test_calls_of_a_phone_that_signs_are_accepted(daemon: Daemon, words: tuple[str, ...]) -> None:
    """Answer request, events and socket: nothing is refused, and no line shows secret or token."""
    done = phone(daemon, *words)

    assert done.returncode == 0, done.stdout + done.stderr
    log = daemon.wait_for_log("event completed")
    assert "refused by" not in log
    assert "to=ws://127.0.0.1" in log
    assert TOKEN.search(done.stdout + done.stderr) is not None  # the phone is a developer's, and shows it
    assert TOKEN.search(log) is None
    assert SECRET not in log


@pytest.mark.parametrize(("secret", "fault"), [(None, "webhook_unsigned"), (ROTATED, "webhook_forged")])
def test_calls_of_a_phone_that_does_not_are_refused(daemon: Daemon, secret: str | None, fault: str) -> None:
    """No signature, and one by another secret; the line of the log tells which."""
    assert phone(daemon, secret=secret).returncode != 0
    assert f"refused by {fault}: 127.0.0.1: " in daemon.wait_for_log("refused by")
    assert daemon.health()["calls_ever"] == 0


def test_a_socket_opens_once(daemon: Daemon) -> None:
    """By its token, or by a signature; not by the same again, not by a guess, and not by nothing."""
    here = f"ws://127.0.0.1:{daemon.port}/socket"
    url = socket_of(daemon, "first")
    with dial(url) as socket:
        assert_echoes(socket, bytes(640))
    signature = bearer(None, iat=int(time.time()), jti="upgrade")
    with dial(here, additional_headers={"Authorization": signature}) as socket:
        assert_echoes(socket, bytes(640))
    assert is_refused(url)
    assert is_refused(here, Authorization=signature)
    assert is_refused(f"{here}/{'A' * 22}")
    assert is_refused(here)
    assert is_refused(f"ws://127.0.0.1:{daemon.port}/")
    assert "refused by socket_auth: 127.0.0.1: there is no token in the path" in daemon.log


def test_a_secret_is_changed_without_a_restart(daemon: Daemon, secrets: Path) -> None:
    """Both for a while, then the new one alone; a token that was given out before is good all along."""
    url = socket_of(daemon, "before")
    for content, statuses in ((f"{SECRET}\n{ROTATED}", (200, 200)), (ROTATED, (401, 200))):
        secrets.write_text(content)
        since = len(daemon.log)
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_log("reloaded: the signature secrets have changed", since=since)
        found = [
            ask(daemon, secret=secret, jti=f"{content}{secret}"[:100])[0] for secret in (SECRET, ROTATED)
        ]
        assert tuple(found) == statuses
    with dial(url) as socket:
        assert_echoes(socket, bytes(640))


@needs_proc
def test_a_secret_on_the_command_line_is_not_to_be_seen(installed: Path) -> None:
    """Not among the processes of the machine, not in the log, not at the start nor at a reload or an error."""
    options = ("--signature-secret", SECRET, f"--signature-secret=abcd1234:{ROTATED}", "--log-level", "debug")
    with Daemon(*options, path=installed) as daemon:
        line = Path(f"/proc/{daemon.pid}/cmdline").read_text()
        assert ask(daemon)[0] == 200
        assert ask(daemon, secret=ROTATED, jti="2")[0] == 200
        ask(daemon, secret="wrong", jti="3")
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_log("reloaded: nothing has changed")
        assert daemon.stop() == 0
        log = daemon.log
    assert "--signature-secret" in line
    for secret in (SECRET, ROTATED):
        assert secret not in line
        assert secret not in log
    assert "webhooks have to be signed by one of 2 signature secrets" in log


def test_a_credential_of_the_service_manager_is_a_secret(installed: Path, secrets: Path) -> None:
    """A file that the environment names, as a unit with LoadCredential does; the help shows nothing of it."""
    environment = {"ECHO_SIGNATURE_SECRET_FILE": str(secrets), "ECHO_SIGNATURE_SECRET": ROTATED}
    with Daemon(path=installed, environment=environment) as daemon:
        assert [ask(daemon, secret=each, jti=each)[0] for each in (SECRET, ROTATED)] == [200, 200]
    told = subprocess.run(
        [Path(sys.executable).with_name("twistd"), "echo", "--help"],
        env=os.environ | environment | {"PYTHONPATH": str(installed)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert "--signature-secret SECRET" in told.stdout
    assert ROTATED not in told.stdout


def test_a_script_whose_sockets_will_be_refused_is_reported(
    installed: Path, tmp_path: Path, secrets: Path
) -> None:
    """At the start, by its place."""
    script = tmp_path / "ncco.json"
    script.write_text(
        '[{"action":"connect","endpoint":[{"type":"websocket","uri":"wss://a.example/socket"}]}]'
    )
    with Daemon("--ncco", str(script), "--signature-secret-file", str(secrets), path=installed) as daemon:
        assert f"{script}: $[0].endpoint[0]: this socket will be refused" in daemon.log
