"""The echo: audio comes back, texts do not."""

from __future__ import annotations

from echo.call.report import Ending
from tests.doubles import CONNECTED, FRAME, Stage


def test_texts_stay_here() -> None:
    """The provider's texts are never sent back: it would take them for commands."""
    stage = Stage()
    stage.read(CONNECTED)
    stage.hear()
    stage.read(b'{"event":"websocket:dtmf","digit":"5","duration":260}')
    stage.hear()
    assert stage.connection.sent == [("send_audio", FRAME)] * 2
    assert stage.log.at("failure") == []


def test_the_end() -> None:
    """The echo ends without a word."""
    stage = Stage()
    stage.hear()
    stage.call.lost(Ending("provider", 1006, "hung up"))
    assert stage.connection.sent == [("send_audio", FRAME)]
    assert stage.log.at("failure") == []
