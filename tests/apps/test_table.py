"""The table of the apps, from which ``--app`` chooses."""

from __future__ import annotations

import pytest

from echo.apps import APPS
from echo.apps.echo import Echo
from echo.apps.reflect import Reflect
from echo.call.app import Call, NoApp
from echo.call.report import Ending
from tests.doubles import FRAME, Stage


def test_names() -> None:
    """Each app is chosen by its own name."""
    assert {"echo": Echo, "reflect": Reflect} == APPS


@pytest.mark.parametrize("name", APPS)
def test_every_app_returns_audio_as_it_came(name: str) -> None:
    """Every app of the table returns each binary message at once, whole and unchanged, whatever its size."""
    stage = Stage(make_app=APPS[name])
    payloads = [FRAME, b"", b"\x00", bytes(8192), FRAME]
    for count, payload in enumerate(payloads, 1):
        stage.hear(payload)
        assert len(stage.connection.audio) == count
    assert stage.connection.audio == payloads


def test_no_app_says_nothing() -> None:
    """What stands in for an app that could not be made takes everything and answers nothing."""

    class Silent(NoApp):
        lossless = False

        def __init__(self, call: Call) -> None:
            """Answer ``call`` with nothing."""

    stage = Stage(make_app=Silent)
    stage.hear()
    stage.read()
    stage.call.app.ended(Ending("provider", 1006, "hung up"))
    assert stage.connection.sent == []
