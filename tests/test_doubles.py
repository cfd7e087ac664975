"""The stand-ins do what they stand for: they fulfil the contracts, and record without loss."""

from __future__ import annotations

import pytest

from echo.call.app import AppMaker
from echo.call.connection import Connection
from echo.call.report import Ending
from echo.log import Log
from tests.doubles import (
    CONNECTED,
    FRAME,
    Broken,
    BrokenApps,
    ManualClock,
    RecordingApp,
    RecordingConnection,
    RecordingLog,
    Stage,
)

OVER = Ending("provider", 1006, "hung up")


def public(kind: type) -> set[str]:
    """The public methods of a class."""
    return {name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")}


def test_clock() -> None:
    """The clock moves forwards, by as much as it is told."""
    clock = ManualClock(5)
    assert clock.advance(1.5) == clock() == 6.5
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


@pytest.mark.parametrize(("contract", "double"), [(Connection, RecordingConnection), (Log, RecordingLog)])
def test_every_verb_is_there(contract: type, double: type) -> None:
    """A verb that is added to a contract is missed here, even where nobody checks types."""
    assert public(contract) - public(double) == set()


def test_connection_records() -> None:
    """All verbs are kept in order, and what was sent can be looked at by kind."""
    connection: Connection
    connection = recording = RecordingConnection()
    connection.send_audio(b"a")
    connection.send_text(b"t")
    connection.ping()
    connection.pause()
    connection.resume()
    connection.close(1000, "bye")
    connection.abort()
    assert recording.asked == [
        ("send_audio", b"a"),
        ("send_text", b"t"),
        ("ping",),
        ("pause",),
        ("resume",),
        ("close", 1000, "bye"),
        ("abort",),
    ]
    assert recording.sent == [("send_audio", b"a"), ("send_text", b"t")]
    assert (recording.audio, recording.texts) == ([b"a"], [b"t"])


def test_connection_knows_whether_it_reads() -> None:
    """A pause lasts until the next resume, however often it is asked for."""
    connection = RecordingConnection()
    reading = [connection.reading]
    for verb in (connection.pause, connection.pause, connection.resume):
        verb()
        reading.append(connection.reading)
    assert reading == [True, False, False, True]


def test_connection_keeps_the_earliest_alarm() -> None:
    """A later deadline does not put off an earlier one; an alarm goes off once."""
    connection = RecordingConnection()
    for deadline in (3.0, 2.0, 4.0):
        connection.wake_at(deadline)
    assert (connection.take_alarm(), connection.take_alarm()) == (2.0, None)


def test_connection_calls_back_from_within_a_send() -> None:
    """What a transport does in a write can be done here, after the message was recorded."""
    seen: list[int] = []
    connection = RecordingConnection(lambda: seen.append(len(connection.sent)))
    connection.send_audio(b"a")
    connection.send_text(b"t")
    assert seen == [1, 2]


def test_log_records() -> None:
    """Lines keep order and level; a failure keeps the name of the exception that is being handled."""
    told: Log
    told = recording = RecordingLog()
    told.debug("d")
    told.info("i")
    told.warn("w")
    told.error("e")
    try:
        int("x")
    except ValueError:
        told.failure("f")
    levels = ["debug", "info", "warn", "error", "failure"]
    assert recording.lines == list(zip(levels, "diwef", strict=True))
    assert recording.at("warn") == ["w"]
    assert recording.exceptions == ["ValueError"]


def test_app_records() -> None:
    """The recording app keeps everything in order and answers nothing."""
    stage = Stage(make_app=RecordingApp)
    app = stage.call.app
    assert isinstance(app, RecordingApp)
    stage.hear()
    stage.read()
    app.ended(OVER)
    assert app.told == [("audio", FRAME), ("text", CONNECTED.decode()), ("ended", "")]
    assert app.call is stage.call
    assert stage.connection.sent == []


@pytest.mark.parametrize("where", ["audio", "text", "ended"])
def test_broken_apps_break_in_one_place(where: str) -> None:
    """A broken app raises where it was told to and nowhere else."""
    make_app: AppMaker = BrokenApps(where)
    app = make_app(Stage().call)
    calls = {"audio": lambda: app.audio(b""), "text": lambda: app.text(""), "ended": lambda: app.ended(OVER)}
    with pytest.raises(Broken, match=where):
        calls.pop(where)()
    for call in calls.values():
        call()


def test_broken_apps_break_at_once() -> None:
    """An app can be broken from the start."""
    with pytest.raises(Broken, match="__init__"):
        BrokenApps("__init__")(Stage().call)


def test_stage() -> None:
    """A stage is a call that is on, on a clock that does not begin at zero."""
    stage = Stage()
    stage.hear()
    stage.pass_time(20)
    assert stage.connection.asked == [("send_audio", FRAME), ("ping",)]
    assert stage.clock.now == 1020
