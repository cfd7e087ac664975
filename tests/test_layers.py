"""
Imports go down only, and the pure packages stay pure: ``docs/design.rst`` draws the layers.

The imports are read from the source, those for types and those inside functions too, so nothing is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

BOTTOM = {"errors", "limits", "untrusted", "privacy", "log", "budget"}
CALL = BOTTOM | {"audio", "wire"}
SEATED = {"gathering", "leisure", "seats", "turns"}
WEBSOCKET = CALL | SEATED | {"call", "apps", "refusals", "registry", "records"}
WEB = (WEBSOCKET | {"ncco", "webhook", "websocket"}) - SEATED
PHONE = BOTTOM | {"audio", "ncco", "outgoing", "soundfiles", "turns", "webhook", "wire"}

#: What each layer may import of ours, besides itself. Everything may import echo, which holds the version.
ALLOWED = {
    "errors": set(),
    "limits": {"errors"},
    "untrusted": {"errors", "limits"},
    "privacy": {"errors", "untrusted"},
    "log": {"privacy"},
    "budget": set(),
    "refusals": {"budget", "log", "untrusted"},
    "soundfiles": {"errors", "untrusted"},
    "seats": set(),
    "leisure": {"seats"},
    "gathering": set(),
    "turns": {"gathering", "leisure", "seats"},
    "outgoing": BOTTOM,
    "audio": BOTTOM,
    "ncco": BOTTOM,
    "webhook": BOTTOM,
    "wire": BOTTOM,
    "call": CALL | {"webhook"},
    "apps": CALL | {"call", "soundfiles"},
    "recording": CALL | {"call"},
    "records": {"call", "limits", "webhook"},
    "registry": {"call", "limits", "records", "webhook"},
    "websocket": WEBSOCKET,
    "web": WEB - {"apps", "wire"},
    "vonage": BOTTOM | {"audio", "ncco", "outgoing"},
    "service": WEB | {"web", "vonage", "recording"},
    "phone": PHONE,
    "dial": BOTTOM | {"audio", "ncco", "phone", "vonage"},
}
#: The same within the phone, from the bottom up: a tier may import those before it, and a name of its own.
PHONE_TIERS = (
    {"incoming", "leaving", "listening", "words"},
    {"order", "urls", "tls", "reactor", "sound", "recording"},
    {"trace", "verdict"},
    {"show"},
    {"line", "provider"},
    {"caller", "dial"},
    {"notebook", "replay"},
    {"going_on"},
    {"legs"},
    {"control"},
    {"conduct"},
    {"faults", "load", "rest", "scenario"},
    {"commands"},
    {"in_tests", "__main__"},
    {"pytest_plugin"},
)
PURE = {
    *("errors", "limits", "untrusted", "privacy", "log", "budget", "refusals", "records", "gathering"),
    *("audio", "ncco", "webhook", "wire", "call"),
}
IMPURE = {
    *("twisted", "autobahn", "treq"),
    *("socket", "os", "time", "random", "asyncio", "threading", "subprocess"),
}
PURE_OF_PHONE = {"listening", "verdict", "order", "words", "urls"}
MODULES = [path.relative_to(ROOT) for path in sorted((ROOT / "echo").rglob("*.py"))]


def imports(source: str, package: str) -> Iterator[str]:
    """Dotted names that a module of ``package`` imports; ``from a import b`` counts as ``a.b``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            yield from (".".join(filter(None, [*parents, node.module, alias.name])) for alias in node.names)


def violations(path: Path, source: str) -> list[str]:
    """What a module, whose path begins with ``echo/``, imports against the rules."""
    layer = path.parts[1].removesuffix(".py")
    if layer == "__init__":
        return [f"{path} imports {name}" for name in imports(source, "echo") if name.startswith("echo")]
    if layer not in ALLOWED:
        return [f"{path} belongs to no layer: name it in ALLOWED and in docs/design.rst"]
    wrong = []
    for name in imports(source, ".".join(path.parts[:-1])):
        top, _, ours = name.partition(".")
        target = ours.partition(".")[0]
        if top == "echo" and target not in ALLOWED[layer] | {layer, "", "__version__"}:
            wrong.append(f"{path} imports {name}: {layer} may not import {target}")
        if layer in PURE and top in IMPURE:
            wrong.append(f"{path} imports {name}: {layer} is pure")
    return wrong + (violations_in_phone(path, source) if layer == "phone" else [])


def violations_in_phone(path: Path, source: str) -> list[str]:
    """What a module of ``echo/phone`` imports of the phone, or of the world, against the rules."""
    name = path.parts[2].removesuffix(".py")
    if name == "__init__":
        return []
    tier = next((number for number, tier in enumerate(PHONE_TIERS) if name in tier), None)
    if tier is None:
        return [f"{path} belongs to no tier: name it in PHONE_TIERS"]
    allowed = {name}.union(*PHONE_TIERS[:tier])
    wrong = []
    for imported in imports(source, ".".join(path.parts[:-1])):
        parts = imported.split(".")
        if parts[:2] == ["echo", "phone"] and len(parts) > 2 and parts[2] not in allowed:
            wrong.append(f"{path} imports {imported}: {name} may not import {parts[2]}")
        if name in PURE_OF_PHONE and parts[0] in IMPURE:
            wrong.append(f"{path} imports {imported}: {name} is pure")
    return wrong


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_imports_downwards_only(path: Path) -> None:
    """No module imports a layer above its own, and no pure one imports a clock, a socket or a framework."""
    assert violations(path, (ROOT / path).read_text()) == []


def test_the_plugin_imports_nothing_of_ours() -> None:
    """The plugin names the service; twistd imports it only when echo is asked for."""
    source = (ROOT / "twisted/plugins/echo_plugin.py").read_text()
    assert [name for name in imports(source, "") if name.startswith("echo")] == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("echo/call/state.py", "import time", "call is pure"),
        ("echo/call/state.py", "def now():\n    from os import path", "call is pure"),
        ("echo/audio/format.py", "import twisted.internet.reactor as r", "audio is pure"),
        ("echo/untrusted.py", "from socket import socket", "untrusted is pure"),
        ("echo/call/state.py", "from echo.websocket import safe", "may not import websocket"),
        ("echo/call/state.py", "from ..web.tree import Root", "may not import web"),
        ("echo/call/state.py", "from .. import service", "may not import service"),
        ("echo/ncco/build.py", "from echo import audio", "may not import audio"),
        ("echo/registry.py", "import echo.web", "may not import web"),
        ("echo/web/tree.py", "import echo.service.maker", "may not import service"),
        ("echo/errors.py", "import echo.limits", "may not import limits"),
        ("echo/__init__.py", "import echo.service", "imports echo.service"),
        ("echo/wizard/spell.py", "", "belongs to no layer"),
        ("echo/phone/legs.py", "import echo.websocket.safe", "may not import websocket"),
        ("echo/phone/line/call.py", "from echo.phone import conduct", "line may not import conduct"),
        ("echo/phone/verdict/checks.py", "import time", "verdict is pure"),
        ("echo/phone/wizard.py", "", "belongs to no tier"),
    ],
)
def test_a_forbidden_import_is_found(path: str, source: str, fault: str) -> None:
    """The rule fails for each kind of import that it forbids."""
    assert [fault in told for told in violations(Path(path), source)] == [True]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "echo/call/session.py",
            "from echo.call.state import State\nfrom . import flow\nfrom ..audio import format",
        ),
        ("echo/call/session.py", "import json, collections.abc\nfrom echo import __version__, errors"),
        (
            "echo/websocket/safe.py",
            "import time, socket\nfrom twisted.internet import defer\nimport echo.call",
        ),
        ("echo/service/maker.py", "import echo.web.tree, echo.registry, echo.ncco.template"),
        ("echo/__init__.py", "from __future__ import annotations"),
        ("echo/phone/line/call.py", "import time\nfrom echo.phone.verdict.facts import Ended"),
        ("echo/phone/__init__.py", ""),
    ],
)
def test_an_allowed_import_passes(path: str, source: str) -> None:
    """The rule lets a layer import itself, what lies below it, and the version."""
    assert violations(Path(path), source) == []
