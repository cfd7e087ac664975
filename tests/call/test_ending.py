"""How a call ends, whoever ends it, and what becomes of a call whose app fails."""

from __future__ import annotations

import gc
import weakref

import pytest

from echo.apps.echo import Echo
from echo.apps.reflect import Reflect
from echo.call.app import AppMaker
from echo.call.report import Ending
from echo.call.state import State
from echo.limits import LAB, Limits
from tests.call.test_session import told
from tests.doubles import FRAME, BrokenApps, RecordingApp, Stage

HUNG_UP = Ending("provider", 1006, "hung up")
INTERNAL_ERROR = ("close", 1011, "internal error")


@pytest.mark.parametrize("limits", [Limits(), LAB], ids=["standard", "lab"])
def test_the_last_line(limits: Limits) -> None:
    """A call that the provider just drops is explained by what was heard and sent."""
    stage = Stage(limits=limits)
    for _ in range(100):
        stage.hear()
        stage.clock.advance(0.02)
    stage.hear(b"odd")
    stage.call.congested()
    for _ in range(12):
        stage.hear()
    stage.call.lost(HUNG_UP)
    (line,) = stage.log.at("info")
    assert line == (
        "call 1 ended by provider (no close frame: hung up) after 2.0 s: 113 frames in, 101 out, 12 dropped, "
        "1 wrong-sized, longest gap 20 ms, jitter 10.8 ms, queue peak 200 ms"
    )


def test_the_first_reason_counts() -> None:
    """What we decided is the reason, though the connection then ends in another way."""
    stage = Stage()
    stage.hear()
    stage.call.close(1001, "the daemon is stopping")
    stage.call.close(1011, "too late")
    stage.call.lost(HUNG_UP)
    stage.call.lost(Ending("network", 1006, "twice"))
    (line,) = stage.log.at("info")
    assert line.startswith("call 1 ended by echo (close code 1001: the daemon is stopping) after")
    assert stage.connection.asked[1:] == [("close", 1001, "the daemon is stopping")]


def test_a_close_frame_counts_more_than_what_follows() -> None:
    """Once the peer has closed nothing more is sent, and how the connection goes then does not matter."""
    stage = Stage()
    stage.call.over(Ending("provider", 1000, "caller hung up"))
    stage.call.over(Ending("echo", 1002, "too late"))
    stage.hear()
    stage.call.lost(Ending("network", 1006, "reset"))
    (line,) = stage.log.at("info")
    assert line.startswith(
        "call 1 ended by provider (close code 1000: caller hung up) after 0.0 s: 0 frames in"
    )
    assert stage.connection.asked == []


def test_the_app_is_told_once() -> None:
    """An app is told of the end when the connection is gone, once, and is then let go."""
    stage = Stage(make_app=RecordingApp)
    heard = told(stage)
    stage.call.close(1000, "bye")
    stage.hear()
    stage.read()
    assert heard == []
    stage.call.lost(HUNG_UP)
    stage.call.lost(HUNG_UP)
    assert heard == [("ended", "")]
    assert not hasattr(stage.call, "app")


@pytest.mark.parametrize(
    "make_app", [Echo, Reflect, RecordingApp, BrokenApps("__init__"), BrokenApps("audio")]
)
@pytest.mark.parametrize("closed_first", [False, True])
def test_nothing_is_left_in_a_cycle(make_app: AppMaker, closed_first: bool) -> None:
    """A call that is over goes at once, without the garbage collector: stalls of all calls are its price."""
    stage = Stage(make_app=make_app)
    gone = weakref.ref(stage.call)
    stage.call.congested()
    stage.read()
    if closed_first:
        stage.call.close(1000, "bye")
    stage.call.lost(HUNG_UP)
    gc.disable()
    try:
        del stage
        assert gone() is None
    finally:
        gc.enable()


# Failing.


def fail_as_the_shell_does(stage: Stage, what: str) -> None:
    """Bring a call a message; an exception is handed back to it, as ``echo.websocket`` does."""
    try:
        {"audio": stage.hear, "text": stage.read}[what]()
    except Exception:  # noqa: BLE001  whatever an app raises
        stage.call.failed("the app")


@pytest.mark.parametrize("where", ["audio", "text"])
def test_an_app_that_fails(where: str) -> None:
    """An app's exception ends its call with 1011, named in the log; the peer is not told what it was."""
    stage, other = Stage(number=3, make_app=BrokenApps(where)), Stage(number=4)
    fail_as_the_shell_does(stage, where)
    other.hear()
    assert stage.connection.asked == [INTERNAL_ERROR]
    assert stage.log.at("failure") == ["call 3: the app failed, ending this call"]
    assert stage.log.exceptions == ["Broken"]
    stage.call.lost(HUNG_UP)
    assert stage.log.at("info")[-1].startswith("call 3 ended by echo (close code 1011: internal error) after")
    assert other.connection.asked == [("send_audio", FRAME)]


def test_an_app_that_cannot_be_made() -> None:
    """A call whose app fails at once has a number, is closed with 1011 in its turn, and is explained."""
    stage = Stage(number=3, make_app=BrokenApps("__init__"))
    assert stage.call.state is State.CLOSING
    assert stage.connection.asked == [INTERNAL_ERROR]
    assert stage.log.at("failure") == ["call 3: the app failed, ending this call"]
    assert stage.log.exceptions == ["Broken"]
    assert stage.connection.alarm == stage.clock.now + 5
    stage.hear()
    stage.call.lost(HUNG_UP)
    assert stage.log.at("info")[-1].startswith("call 3 ended by echo (close code 1011: internal error) after")


def test_an_app_that_fails_as_it_ends() -> None:
    """An exception at the very end is told, and changes nothing of the end."""
    stage = Stage(number=3, make_app=BrokenApps("ended"))
    stage.hear()
    stage.call.lost(HUNG_UP)
    assert stage.call.state is State.ENDED
    assert stage.log.at("info")[-1].startswith("call 3 ended by provider (no close frame: hung up)")
    assert stage.log.lines[-1] == ("failure", "call 3: the app failed as it ended")
    assert stage.log.exceptions == ["Broken"]
