"""
The files in etc/ that run echo as a service: the unit, its settings, and the proxies in front.

Where systemd or nginx are installed they are asked themselves; nothing is started.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from echo.limits import STANDARD
from echo.service.drain import LONGEST_SPREAD
from echo.service.endpoints import SOCKET_NAME
from echo.service.settings import SETTING_BY_NAME, SETTINGS, resolve
from tests.conftest import ROOT
from tests.daemon import free_port
from tests.vonage.keys import private_pem

UNIT = ROOT / "etc/echo.service"
SOCKET = ROOT / "etc/echo.socket"
ENVIRONMENT = ROOT / "etc/echo.env"
NGINX = ROOT / "etc/nginx.conf.example"

#: What ``systemd-analyze security`` may say at most; a unit without any protection has 9.6.
HIGHEST_EXPOSURE = 1.5


def program(name: str) -> str:
    """Where a program is; skips the test on a machine without it."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str | Path) -> str:
    """Run a program that must succeed; what it said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def of_unit(key: str) -> list[str]:
    """The values of a key of the unit, in their order."""
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_unit_is_hardened() -> None:
    """Systemd's own analysis gives it less exposure than 1.5."""
    said = run(program("systemd-analyze"), "security", "--offline=true", "--no-pager", UNIT)
    exposure = re.search(r"Overall exposure level for echo\.service: ([0-9.]+)", said)
    assert exposure is not None, said
    assert float(exposure[1]) < HIGHEST_EXPOSURE


def test_the_documented_exposure_is_measured() -> None:
    """docs/operating.rst gives the figure of the version of systemd that it names."""
    shown = re.search(
        r"systemd ([0-9]+) on .*?Overall exposure level for echo\.service: ([0-9.]+)",
        (ROOT / "docs/operating.rst").read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert shown is not None
    analyze = program("systemd-analyze")
    if f"systemd {shown[1]} " not in run(analyze, "--version"):
        pytest.skip(f"systemd is not of version {shown[1]}, which scored the unit")
    assert f"echo.service: {shown[2]} " in run(analyze, "security", "--offline=true", "--no-pager", UNIT)


@pytest.mark.parametrize("name", ["echo.service", "echo.socket"])
def test_systemd_knows_each_word_of_the_units(tmp_path: Path, name: str) -> None:
    """They have no word that systemd does not know; the program that is started is replaced by one that is there."""
    (tmp_path / "echo.socket").write_text(SOCKET.read_text())
    copy = tmp_path / "echo.service"
    copy.write_text(re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE))
    command = [program("systemd-analyze"), "verify", "--man=no", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    # It reads the machine's other units as well, which may be as they are.
    assert [line for line in (done.stdout + done.stderr).splitlines() if "echo.s" in line] == []


def test_the_unit_starts_the_daemon_as_documented() -> None:
    """It runs twistd of /opt/echo in the foreground, without a pid file, with the settings of /etc/echo.env."""
    assert of_unit("ExecStart") == ["/opt/echo/bin/twistd -n --pidfile= echo"]
    assert of_unit("EnvironmentFile") == ["-/etc/echo.env"]
    assert of_unit("Environment") == ["ECHO_LOG_PRIVATE=masked"]
    assert of_unit("Type") == ["notify"]
    assert of_unit("ExecReload") == ["/bin/kill -HUP $MAINPID"]


def test_the_unit_waits_for_calls_to_close() -> None:
    """The time to stop is longer than a drain as it comes, the goodbyes, and what a peer has to let go."""
    drain = int(SETTING_BY_NAME["drain"].default or 0) + LONGEST_SPREAD
    least = drain + STANDARD.close_timeout + 2 * STANDARD.linger_timeout
    assert int(of_unit("TimeoutStopSec")[0]) > least


def test_the_watchdog_has_patience_for_a_stall() -> None:
    """A process that was stopped for five seconds has been fed for within its time."""
    watchdog = int(of_unit("WatchdogSec")[0])
    assert 5 + watchdog / 4 + 1 < watchdog


def test_the_socket_is_the_one_that_the_daemon_looks_for() -> None:
    """It has the name, the port and the address filter of what it takes the place of."""
    socket = SOCKET.read_text(encoding="utf-8")
    port, interface = (variables(commented=False)[name] for name in ("ECHO_PORT", "ECHO_INTERFACE"))
    assert f"\nListenStream={interface}:{port}\n" in socket
    assert f"\nFileDescriptorName={SOCKET_NAME}\n" in socket
    for key in ("IPAddressDeny", "IPAddressAllow"):
        assert re.findall(rf"^{key}=(.*)$", socket, re.MULTILINE) == of_unit(key)


def test_the_unit_has_descriptors_for_all() -> None:
    """There are descriptors for as many calls and connections as the limits let in."""
    assert int(of_unit("LimitNOFILE")[0]) > 2 * (STANDARD.max_calls + STANDARD.max_requests)


def variables(commented: bool) -> dict[str, str]:
    """The settings of etc/echo.env: those in effect or, with ``commented``, also those that are switched off."""
    mark = "#?" if commented else ""
    return dict(re.findall(rf"^{mark}(\w+)=(.*)$", ENVIRONMENT.read_text(encoding="utf-8"), re.MULTILINE))


def test_each_variable_is_a_setting() -> None:
    """etc/echo.env sets and offers nothing that the daemon does not know."""
    assert set(variables(commented=True)) <= {setting.variable for setting in SETTINGS}


@pytest.mark.parametrize("commented", [False, True])
def test_the_variables_are_taken(commented: bool) -> None:
    """As it is shipped, and with all that it offers switched on, the daemon takes it without a warning."""
    scripts = ("ncco", "fallback", "busy")
    files = {f"/etc/echo/{name}.json": b'[{"action": "talk"}]' for name in scripts}
    files["/etc/echo/private.key"] = private_pem()
    files["/run/credentials/echo.service/signature-secret"] = b"a-secret-of-sixteen-letters-or-more"
    settings = resolve({}, variables(commented), files.__getitem__)
    assert settings.warnings == ()
    assert (settings.port, settings.interface) == ("8000", "127.0.0.1")


def test_what_the_variables_offer_is_the_default() -> None:
    """Where an offered value is a limit or a choice, it is what counts without it."""
    defaults = {setting.variable: setting.default for setting in SETTINGS}
    offered = {name: value for name, value in variables(commented=True).items() if defaults[name]}
    assert offered == {name: defaults[name] for name in offered}
    assert variables(commented=True)["ECHO_MAX_CALLS"] == str(STANDARD.max_calls)


def test_nginx_waits_longer_than_we_do() -> None:
    """A quiet call is ended by the daemon, which can explain it, before the proxy's timeout ends it."""
    timeouts = re.findall(r"^\s+proxy_(?:read|send)_timeout (\d+)s;", NGINX.read_text(), re.MULTILINE)
    assert len(timeouts) == 2
    assert all(int(seconds) > STANDARD.idle_timeout > STANDARD.ping_interval for seconds in timeouts)


def test_nginx_takes_bodies_as_large_as_we_do() -> None:
    """The two limits on a body are the same."""
    found = re.search(r"^\s+client_max_body_size (\d+)k;", NGINX.read_text(), re.MULTILINE)
    assert found is not None
    assert int(found[1]) * 1024 == STANDARD.max_body


def test_nginx_takes_its_example(tmp_path: Path) -> None:
    """``nginx -t`` has no complaint, with a certificate that is there and ports that are free."""
    nginx = program("nginx")
    certificate, key = self_signed(tmp_path)
    text = NGINX.read_text()
    for old, new in (
        ("listen 443 ", f"listen 127.0.0.1:{free_port()} "),
        (r"listen \[::\]:443 ", f"listen 127.0.0.1:{free_port()} "),
        (r"ssl_certificate .*;", f"ssl_certificate {certificate};"),
        (r"ssl_certificate_key .*;", f"ssl_certificate_key {key};"),
    ):
        text, times = re.subn(old, new, text)
        assert times == 1
    (tmp_path / "echo.conf").write_text(text)
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}"
        f" http {{ access_log off; {folders} include {tmp_path}/echo.conf; }}"
    )
    said = run(nginx, "-t", "-q", "-p", tmp_path, "-e", "stderr", "-c", tmp_path / "nginx.conf")
    assert not re.search(r"\[(warn|error|crit|alert|emerg)\]", said), said


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for echo.example.com that is good for a day; the files of it and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "echo.example.com")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths
