"""One call while it is on: what it hears, prints and sends; ``test_ending`` has how it ends and fails."""

from __future__ import annotations

import json

import pytest

from echo.apps.echo import Echo
from echo.apps.reflect import Reflect
from echo.audio.format import AudioFormat
from echo.call.app import AppMaker, Call
from echo.call.flow import WhenSlow
from echo.call.report import Ending
from echo.call.state import State
from echo.limits import Limits
from tests.doubles import CONNECTED, FRAME, BrokenApps, RecordingApp, Stage

HUNG_UP = Ending("provider", 1006, "hung up")


class Greeting(Reflect):
    """An app that speaks first."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        call.send_text("hello")
        call.send_audio(FRAME)


def told(stage: Stage) -> list[tuple[str, bytes | str]]:
    """What the recording app of a call was told."""
    app = stage.call.app
    assert isinstance(app, RecordingApp)
    return app.told


# Hearing.


def test_text_first() -> None:
    """The first text message gives the call its metadata, and its format counts from then on."""
    stage = Stage(make_app=RecordingApp)
    headers = b'"caller-id":"44","n":{"a":[1]}'
    stage.read(b' {"event":"websocket:connected","content-type":"audio/l16;rate=24000",%b}' % headers)
    stage.hear(bytes(960))
    stage.hear(bytes(640))
    report = stage.call.report()
    assert report.metadata == {"caller-id": "44", "n": {"a": [1]}}
    assert (report.rate, report.wrong_sized, report.frames_in, report.texts_in) == (24000, 1, 2, 1)
    assert stage.call.audio == AudioFormat(24000)
    assert stage.log.at("warn") == []


def test_audio_first() -> None:
    """Audio may come before any text: it is heard at once, and the text still counts as the first."""
    stage = Stage()
    stage.hear()
    assert stage.call.state is State.TALKING
    assert stage.connection.audio == [FRAME]
    stage.read(CONNECTED)
    assert stage.call.report().metadata == {"caller-id": "447700900123"}


def test_key_first() -> None:
    """A key that comes before the first text message does not take its place."""
    stage = Stage()
    stage.read(b'{"digit":"5","duration":260}')
    assert stage.call.start is None
    assert stage.call.report().metadata == {}
    stage.read(CONNECTED)
    assert stage.call.report().metadata == {"caller-id": "447700900123"}


def test_two_starts() -> None:
    """Only the first of two first messages counts; the second is printed as any text is."""
    stage = Stage()
    stage.read(CONNECTED)
    stage.read(b'{"event":"websocket:connected","content-type":"audio/l16;rate=8000","caller-id":"666"}')
    report = stage.call.report()
    assert (report.rate, report.metadata) == (16000, {"caller-id": "447700900123"})
    assert len(stage.log.at("info")) == 2


def test_an_unknown_format_is_warned_of() -> None:
    """A format that is not one of the three is told once, escaped, and the daemon's own stays."""
    stage = Stage()
    stage.read(b'{"event":"websocket:connected","content-type":"audio/x\\u001b[2J","caller-id":"44"}')
    assert stage.log.at("warn") == [
        r"call 1: unknown content-type audio/x\x1b[2J, taken as audio/l16;rate=16000"
    ]
    assert stage.call.report().metadata == {"caller-id": "44"}


def test_no_format_is_not_warned_of() -> None:
    """Where no format is named, ours is meant."""
    stage = Stage(rate=8000)
    stage.read(b'{"event":"websocket:connected"}')
    stage.hear(bytes(320))
    assert stage.log.at("warn") == []
    assert (stage.call.report().rate, stage.call.report().wrong_sized) == (8000, 0)


@pytest.mark.parametrize(("rate", "frame_bytes"), [(8000, 320), (16000, 640), (24000, 960)])
@pytest.mark.parametrize("named_by", ["option", "first text"])
def test_the_queue_is_200_ms_at_every_rate(rate: int, frame_bytes: int, named_by: str) -> None:
    """The queue holds ten frames of the call's rate, whether that is the daemon's or the peer's."""
    stage = Stage(rate=rate if named_by == "option" else 16000)
    if named_by == "first text":
        stage.read(b'{"event":"websocket:connected","content-type":"audio/l16;rate=%d"}' % rate)
    stage.call.congested()
    for _ in range(30):
        stage.hear(bytes(frame_bytes))
    report = stage.call.report()
    assert (report.dropped, report.queue_peak_ms, report.wrong_sized) == (20, 200.0, 0)


def test_the_app_hears_everything_as_it_came() -> None:
    """Audio goes to the app untouched, texts decoded, both in order; even ones that mean nothing."""
    stage = Stage(make_app=RecordingApp)
    stage.hear(b"")
    stage.read("ü".encode())
    stage.hear(b"\x01")
    stage.read(b"")
    assert told(stage) == [("audio", b""), ("text", "ü"), ("audio", b"\x01"), ("text", "")]


def test_a_report_of_a_call_that_is_on() -> None:
    """A live call tells who it is, how long it has been on, and no ending."""
    stage = Stage(number=3)
    stage.read()
    stage.clock.advance(1.5)
    report = stage.call.report()
    assert (report.number, report.who, report.state, report.seconds) == (3, "192.0.2.7:4711", "talking", 1.5)
    assert report.ending is None


# Printing.


def test_each_text_is_one_line() -> None:
    """Every text is printed on one line of its own, by the name of the call, and forges no other."""
    stage = Stage(number=7)
    stage.read(b' {"event":"websocket:dtmf","digit":"5","duration":260}')
    stage.read(b"a\r\ncall 8 says b\x1b[2J\x00")
    assert stage.log.lines == [
        ("info", 'call 7 says {"event":"websocket:dtmf","digit":"5","duration":260}'),
        ("info", r"call 7 says a\r\ncall 8 says b\x1b[2J\x00"),
    ]


def test_a_long_text_is_cut() -> None:
    """A line has a length, however long the text."""
    stage = Stage()
    stage.read(b"x" * 8192)
    (line,) = stage.log.at("info")
    assert len(line) < 1100
    assert line.endswith("(+7168 bytes)")


def test_a_storm_of_texts_is_printed_in_part() -> None:
    """Lines have a budget; what it does not cover still reaches the app, and its count the last line."""
    stage = Stage(make_app=RecordingApp, limits=Limits(log_lines_per_second=2, log_lines_burst=3))
    for _ in range(10):
        stage.read(b"x")
    stage.clock.advance(1)
    for _ in range(3):
        stage.read(b"x")
    assert len(stage.log.at("info")) == 5
    assert len(told(stage)) == 13
    report = stage.call.report()
    assert (report.texts_in, report.texts_unprinted) == (13, 8)
    stage.call.lost(HUNG_UP)
    assert stage.log.at("info")[-1].endswith(", 8 texts not printed")


# Sending.


def test_an_app_may_speak_first() -> None:
    """What an app sends as it is made goes out before the peer has said anything."""
    stage = Stage(make_app=Greeting)
    assert stage.connection.sent == [("send_text", b"hello"), ("send_audio", FRAME)]
    assert stage.call.state is State.OPENED


@pytest.mark.parametrize(
    ("make_app", "when_slow", "asked"),
    [
        (Echo, None, []),
        (Echo, WhenSlow.DROP, []),
        (Echo, WhenSlow.PAUSE, ["pause"]),
        (Echo, WhenSlow.CLOSE, ["close"]),
        (Reflect, None, ["pause"]),
        (Reflect, WhenSlow.DROP, []),
        (Reflect, WhenSlow.PAUSE, ["pause"]),
        (Reflect, WhenSlow.CLOSE, ["close"]),
    ],
)
def test_policies(make_app: AppMaker, when_slow: WhenSlow | None, asked: list[str]) -> None:
    """The operator's choice holds; without one an app that loses nothing pauses, and others drop."""
    stage = Stage(make_app=make_app, when_slow=when_slow)
    stage.call.congested()
    for _ in range(11):
        stage.hear()
    assert [verb for verb, *_ in stage.connection.asked] == asked


def test_congestion_from_within_a_send() -> None:
    """A connection that says during a write that it is full gets nothing more until it has drained."""
    stage = Stage()
    stage.connection.after_send = stage.call.congested
    payloads = [bytes([n]) * 640 for n in range(5)]
    for payload in payloads:
        stage.hear(payload)
    assert stage.connection.audio == payloads[:1]
    stage.call.drained()
    assert stage.connection.audio == payloads[:2]
    stage.connection.after_send = None
    stage.call.drained()
    assert stage.connection.audio == payloads


def test_a_stall_counts_from_its_beginning() -> None:
    """A transport that says again and again that it is full does not put the end off; one drain does."""
    stage = Stage()
    stage.hear()
    stage.call.congested()
    for _ in range(9):
        stage.clock.advance(1)
        stage.call.congested()
    stage.call.drained()
    stage.call.congested()
    stage.pass_time(9)
    assert stage.connection.asked == [("send_audio", FRAME)]
    stage.pass_time(1)
    assert stage.connection.asked[-1] == ("abort",)


def test_a_closed_call_leaves_reading_alone() -> None:
    """Under ``pause`` a transport that the Close frame fills does not keep us from reading the answer."""
    stage = Stage(when_slow=WhenSlow.PAUSE)
    stage.hear()
    stage.call.close(1001, "the daemon is stopping")
    stage.call.congested()
    assert stage.connection.reading


def test_a_start_is_not_looked_for_for_ever() -> None:
    """After a few texts that were none, no more are parsed: the provider sends its metadata first."""
    stage = Stage()
    for _ in range(4):
        stage.read(b'{"event":"websocket:dtmf","digit":"5"}')
    stage.read(CONNECTED)
    assert stage.call.report().metadata == {}


# Choosing.


def choosing(app: object, *, default: AppMaker = Echo, allowed: dict[str, AppMaker] | None = None) -> Stage:
    """A call that asks for an app."""
    stage = Stage(make_app=default, apps={"reflect": Reflect} if allowed is None else allowed)
    stage.read(json.dumps({"event": "websocket:connected", "app": app}).encode())
    return stage


def test_a_call_chooses_its_app() -> None:
    """The header app in the first text message names it; it gets that message, and its own policy."""
    stage = choosing("reflect")
    stage.hear()
    assert isinstance(stage.call.app, Reflect)
    assert [verb for verb, _ in stage.connection.sent] == ["send_text", "send_audio"]
    assert stage.call.flow.policy is WhenSlow.PAUSE


def test_the_app_before_is_told() -> None:
    """It was made when the socket opened, and lets go of everything now."""
    stage = choosing("echo", default=RecordingApp, allowed={"echo": Echo})
    assert isinstance(stage.call.app, Echo)


@pytest.mark.parametrize("app", ["oracle", "./reflect.py", "", 5, None, ["reflect"], {"a": 1}])
def test_what_is_not_allowed_is_not_chosen(app: object) -> None:
    """The default answers, and the log says what was asked for; nothing is no wish."""
    stage = choosing(app)
    assert isinstance(stage.call.app, Echo)
    assert len(stage.log.at("warn")) == (app not in (None, ""))


def test_without_a_list_nothing_is_chosen() -> None:
    """A header of that name may mean something else to somebody."""
    stage = choosing("reflect", allowed={})
    assert isinstance(stage.call.app, Echo)
    assert stage.log.at("warn") == []


def test_an_app_that_cannot_be_made_when_it_is_chosen() -> None:
    """It ends the call as at any other time."""
    stage = choosing("broken", allowed={"broken": BrokenApps("__init__")})
    assert stage.connection.asked[-1] == ("close", 1011, "internal error")
