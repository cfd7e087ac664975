"""Tests of echo.websocket.safe: an exception anywhere behind a call ends that call, and no other."""

from __future__ import annotations

import pytest

from echo.call.report import Ending
from tests.face import Face
from tests.frames import BINARY, TEXT, close_code, close_frame, encode_frame


class Fragile:
    """An app with a bug."""

    lossless = False

    def __init__(self, call: object) -> None:
        pass

    def audio(self, frame: bytes) -> None:
        """Fail."""
        raise RuntimeError("secret")

    def text(self, text: str) -> None:
        """Fail."""
        raise RuntimeError("secret")

    def ended(self, reason: Ending) -> None:
        """Fail."""
        raise RuntimeError("secret")


class Stillborn(Fragile):
    """An app that cannot even begin."""

    def __init__(self, call: object) -> None:
        raise RuntimeError("secret")


class Leaving(Fragile):
    """An app that ends itself, as a script does."""

    def __init__(self, call: object) -> None:
        raise SystemExit(2)


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_an_app_that_raises_ends_its_own_call_only(opcode: int) -> None:
    """The peer gets 1011 and no word of the exception; the log has call and traceback; others go on."""
    face = Face(app=Fragile)
    wire, _ = face.call()
    other, _ = face.call()

    wire.receive(encode_frame(opcode, b"x"))
    data = wire.taken()
    wire.receive(close_frame(1011))
    wire.lose()

    assert close_code(data) == 1011
    assert b"secret" not in data
    assert any("call 1" in line for line in face.log.at("failure"))
    assert list(face.registry.live) == [2]
    assert not other.half_closed


@pytest.mark.parametrize("app", [Stillborn, Leaving])
def test_an_app_that_cannot_begin_leaves_nothing(app: type[Fragile]) -> None:
    """An exception while a call opens ends the connection with 1011 and leaves no call behind."""
    face = Face(app=app)
    wire, _ = face.call()

    assert close_code(wire.taken()) == 1011
    face.clock.advance(5)

    assert wire.aborted
    assert face.registry.live == {}
    assert face.clock.getDelayedCalls() == []
    assert len(face.log.at("failure")) == 1


def test_a_bug_in_the_parser_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever raises while bytes are parsed, the call ends with 1011 and is named in the log."""
    face = Face()
    wire, protocol = face.call()
    monkeypatch.setattr(protocol, "processData", lambda: 1 / 0)

    wire.receive(encode_frame(TEXT, b"x"))

    assert close_code(wire.taken()) == 1011
    assert any("call 1" in line for line in face.log.at("failure"))


@pytest.mark.parametrize("tell", ["pauseProducing", "resumeProducing"])
def test_a_bug_behind_the_transports_word_is_ours(monkeypatch: pytest.MonkeyPatch, tell: str) -> None:
    """An exception while the transport tells us of its buffer ends the call with 1011, and is not the network's."""
    face = Face()
    wire, protocol = face.call()
    assert protocol.session is not None
    for verb in ("congested", "drained"):
        monkeypatch.setattr(type(protocol.session), verb, lambda _session: 1 / 0)

    getattr(protocol, tell)()

    assert close_code(wire.taken()) == 1011
    assert any("call 1" in line for line in face.log.at("failure"))


def test_a_bug_in_the_cleaning_up_leaves_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever raises while a lost connection is cleaned up, its call leaves the list and its timers end."""
    face = Face()
    wire, protocol = face.call()
    monkeypatch.setattr(protocol, "onClose", lambda *_: 1 / 0)

    wire.lose()

    assert face.registry.live == {}
    assert face.clock.getDelayedCalls() == []
    assert any("call 1" in line for line in face.log.at("failure"))
