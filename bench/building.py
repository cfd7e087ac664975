"""What the benchmark builds and installs, once, below ``.venv/bench``: the C programs, the peers' libraries."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import os
import shutil
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.processes import FailedError, run

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "bench"
BUILT = ROOT / ".venv" / "bench"

PEERS = HERE / "peers"
LOAD_SOURCES = [HERE / "load" / "load.c", HERE / "load" / "call.c"]


class MissingError(Exception):
    """Something that a part of the benchmark needs is not here; the text says what."""


def _compiler() -> str:
    for name in ("cc", "gcc", "clang"):
        if path := shutil.which(name):
            return path
    raise MissingError("no C compiler (cc, gcc or clang) is here")


def digest(*files: Path) -> str:
    """Tell whether what was made of these files is still theirs, whatever their dates say."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _compile(name: str, sources: list[Path]) -> Path:
    headers = sorted({header for source in sources for header in source.parent.glob("*.h")})
    program = BUILT / f"{name}-{digest(*sources, *headers)}"
    if not program.exists():
        compiler = _compiler()
        _told(f"compiling {name}")
        BUILT.mkdir(parents=True, exist_ok=True)
        unfinished = program.with_name(
            f"{program.name}.{os.getpid()}"
        )  # another process may build it as well
        run([compiler, "-O2", "-o", unfinished, *sources, "-ldl"])
        unfinished.replace(program)
    return program


@functools.cache
def load_program() -> Path:
    """The load generator."""
    return _compile("load", LOAD_SOURCES)


@functools.cache
def echo_program() -> Path:
    """The C server that everything is compared with."""
    return _compile("echo", [PEERS / "echo.c"])


def _told(what: str) -> None:
    print(f"{what} ...", file=sys.stderr)


def _is_made(folder: Path, wanted: str) -> bool:
    made_of = folder / "made-of"
    return made_of.exists() and made_of.read_text(encoding="ascii") == wanted


@functools.cache
def python_peers() -> Path:
    """The Python of an environment with the peers' libraries."""
    folder, wanted = BUILT / "python", PEERS / "requirements.txt"
    wanted_digest = digest(wanted) + sys.version
    python = folder / "bin" / "python"
    if not _is_made(folder, wanted_digest):
        _told("installing the Python peers, once")
        try:
            run([sys.executable, "-m", "venv", "--clear", folder])
            run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted])
        except FailedError as error:
            raise MissingError(f"the Python peers could not be installed: {error}") from None
        (folder / "made-of").write_text(wanted_digest, encoding="ascii")
    return python


@functools.cache
def node_peers() -> Path:
    """The folder whose ``node_modules`` holds the peers' libraries."""
    folder, wanted = BUILT / "node", PEERS / "package.json"
    if not shutil.which("node") or not shutil.which("npm"):
        raise MissingError("Node and npm are not here")
    wanted_digest = digest(wanted)
    if not _is_made(folder, wanted_digest):
        _told("installing the Node peers, once")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(wanted, folder)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            run(["npm", "install", "--prefix", folder, *quiet])
        except FailedError as error:
            raise MissingError(f"the Node peers could not be installed: {error}") from None
        (folder / "made-of").write_text(wanted_digest, encoding="ascii")
    return folder


@functools.cache
def certificates() -> Path:
    """A folder for the endpoint ``tls:`` with a key and a certificate of a week, for loopback."""
    folder = BUILT / "certificates"
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = (
        builder.not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    (folder / "localhost.pem").write_bytes(private + certificate.public_bytes(encoding))
    return folder
