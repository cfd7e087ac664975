"""The reflection: both kinds of messages come back, and none is lost."""

from __future__ import annotations

import pytest

from echo.apps.reflect import Reflect
from echo.call.flow import WhenSlow
from echo.call.report import Ending
from tests.doubles import Stage


def test_text_and_audio_in_order() -> None:
    """Every message comes back once, as what it was, in order."""
    stage = Stage(make_app=Reflect)
    stage.read("grüße".encode())
    stage.hear(b"\xff\x00")
    stage.read(b"")
    stage.hear(b"")
    assert stage.connection.sent == [
        ("send_text", "grüße".encode()),
        ("send_audio", b"\xff\x00"),
        ("send_text", b""),
        ("send_audio", b""),
    ]


@pytest.mark.parametrize("when_slow", [None, WhenSlow.PAUSE])
def test_nothing_is_lost(when_slow: WhenSlow | None) -> None:
    """Where the echo would drop, the reflection stops reading, and sends everything in order later."""
    stage = Stage(make_app=Reflect, when_slow=when_slow)
    stage.call.congested()
    assert stage.connection.asked == [("pause",)]
    for n in range(200):  # what one read may still bring
        stage.hear(n.to_bytes(8))
        stage.read(str(n).encode())
    assert stage.connection.asked == [("pause",)]
    stage.call.drained()
    assert stage.connection.audio == [n.to_bytes(8) for n in range(200)]
    assert stage.connection.texts == [str(n).encode() for n in range(200)]
    assert stage.connection.sent[:3:2] == [("send_audio", bytes(8)), ("send_audio", (1).to_bytes(8))]
    assert stage.connection.asked[-1] == ("resume",)
    assert stage.call.flow.dropped == 0


def test_an_operator_may_still_close() -> None:
    """``--when-slow close`` is a wish of its own: nothing is dropped, the call ends."""
    stage = Stage(make_app=Reflect, when_slow=WhenSlow.CLOSE)
    stage.call.congested()
    for _ in range(11):
        stage.hear()
    assert stage.connection.asked == [("close", 1013, "audio is not being read in time")]


def test_the_end() -> None:
    """The reflection ends without a word."""
    stage = Stage(make_app=Reflect)
    stage.call.lost(Ending("provider", 1006, "hung up"))
    assert stage.connection.sent == []
    assert stage.log.at("failure") == []
