"""What stands in the log of a call's private matters: everything, or no more than tells calls apart."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.privacy import MASKED, PRIVACIES, SHOWN
from echo.untrusted import Json
from echo.webhook.events import describe_event
from tests.doubles import RecordingApp, Stage
from tests.face import Face
from tests.frames import CLOSE, TEXT, encode_frame
from tests.web.test_ncco import CALL, QUERY

UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"


def test_shown_is_as_it_is() -> None:
    """A newcomer watches everything arrive."""
    for show in (SHOWN.party, SHOWN.address, SHOWN.target):
        assert show("447700900123") == "447700900123"
    assert SHOWN.text(b'{"digit": "5"}') == b'{"digit": "5"}'
    assert SHOWN.in_event("from", "447700900123") == "447700900123"


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ("447700900123", "***23"),
        ("+447700900123", "***23"),
        ("1234", "***34"),
        ("112", "***"),
        ("alice", "***"),
        ("sip:447700900123@example.com", "***"),
        ("4477 00900123", "***"),
    ],
)
def test_parties(who: str, shown: str) -> None:
    """Two digits of a number tell calls apart; a name tells a person."""
    assert MASKED.party(who) == shown


@pytest.mark.parametrize(
    "who",
    [
        *(
            "192.0.2.7",
            "192.0.2.7:5060",
            "2001:db8::7",
            "[2001:db8::7]:5060",
            "2001:db8::/64",
            "fe80::1%eth0",
        ),
        *("::1", "::ffff:192.0.2.7"),
    ],
)
def test_addresses(who: str) -> None:
    """Nothing of an address is shown, whatever stands around it."""
    assert MASKED.address(who) == "***"


@pytest.mark.parametrize("who", ["a local socket", "EMFILE", f"CON-{UUID}", "-", "[", ""])
def test_what_is_no_address(who: str) -> None:
    """What names nobody is shown."""
    assert MASKED.address(who) == who


def test_targets() -> None:
    """A path is ours; a query is about somebody."""
    assert MASKED.target("/ncco?from=447700900123") == "/ncco?***"
    assert MASKED.target("/health") == "/health"


WHO: dict[str, Json] = {"vip": True, "who": {"age": 40}}
START: dict[str, Json] = {
    "event": "websocket:connected",
    "content-type": "audio/l16;rate=16000",
    "uuid": UUID,
    "conversation_uuid": f"CON-{UUID}",
}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({**START, **WHO}, {**START, "vip": "***", "who": "***"}),
        (
            {"event": "websocket:dtmf", "digit": "5", "duration": 260},
            {"event": "websocket:dtmf", "digit": "***", "duration": 260},
        ),
        ({"digit": "5", "duration": "447700900123"}, {"digit": "***", "duration": "***"}),
        ({"event": "call 447700900123"}, {"event": "***"}),
        ({"uuid": "alice"}, {"uuid": "***"}),
    ],
)
def test_texts(said: dict[str, Json], shown: dict[str, Json]) -> None:
    """Which message it is can be seen, and which parts it has; not what is in them."""
    assert json.loads(MASKED.text(json.dumps(said).encode())) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [(b"call 447700900123", b"*** (17 bytes)"), (b"[1]", b"*** (3 bytes)")]
)
def test_what_is_no_message(text: bytes, shown: bytes) -> None:
    """Nobody can know what is private in it."""
    assert MASKED.text(text) == shown


def test_an_event() -> None:
    """The provider's words and figures are shown, and all that is about a person is not."""
    event: dict[str, Json] = {
        "status": "completed",
        "uuid": UUID,
        "from": "447700900123",
        "to": "wss://echo.example.com/socket",
        "from_user": "alice",
        "dtmf": {"digits": "1234", "timed_out": True},
        "speech": {"results": [{"text": "my name is", "confidence": "0.9"}]},
        "duration": "12",
        "payload": {"secret": 1},
        "recording_url": "https://api.nexmo.com/v1/files/x",
        "sip_code": 486,
    }
    assert describe_event(event, MASKED) == (
        f"event completed digits=*** timed_out=true speech=*** confidence=0.9 uuid={UUID} from=***23 from_user=*** "
        "to=wss://*** duration=12 sip_code=486 recording_url=*** payload=***"
    )


DIGITS = st.from_regex(r"\A4477009[0-9]{5}\Z")
NAMES = (
    "event",
    "digit",
    "caller-id",
    "action",
    "content-type",
    "from",
    "to",
    "dtmf",
    "headers",
    "new",
    "uuid",
)


@given(DIGITS, st.sampled_from(NAMES))
def test_no_number_is_in_an_event(number: str, name: str) -> None:
    """Wherever it stands, no more than its end is shown, even where a name of a leg should be."""
    values: list[Json] = [number, f"+{number}", f"tel:{number}", f"tel://{number}", [number], {"a": number}]
    for value in values:
        assert number[:-2] not in json.dumps(MASKED.in_event(name, value))


@given(st.dictionaries(st.sampled_from(NAMES), DIGITS))
def test_no_number_is_in_a_text(message: dict[str, str]) -> None:
    """An NCCO puts what it likes into a socket's metadata, under any name."""
    assert "4477009" not in MASKED.text(json.dumps(message).encode()).decode()


def test_a_whole_call_tells_nothing_of_people() -> None:
    """From the answer request to the end of the call no line has a number, a key, metadata or an address."""
    face = Face(upgrades_burst=1)
    face.log.privacy = PRIVACIES["masked"]
    face.ask(f"/ncco?{QUERY}")
    wire, _ = face.call()
    connected = {"event": "websocket:connected", "content-type": "audio/l16;rate=16000", "language": "en-GB"}
    for text in (
        {**connected, "caller-id": CALL["from"]},
        {"event": "websocket:dtmf", "digit": "7", "duration": 260},
    ):
        wire.receive(encode_frame(TEXT, json.dumps(text).encode()))
    face.ask("/events", method="POST", body=json.dumps({**CALL, "status": "answered", "dtmf": "7"}).encode())
    face.ask("/socket?from=447700900000", headers=[("Upgrade", "websocket")])
    wire.lose()

    lines = "\n".join(line for _, line in face.log.lines)
    for private in (CALL["from"], CALL["to"], "192.0.2.7", "en-GB", '"7"', "digits=7"):
        assert private not in lines
    for told in (
        "NCCO for ***00 calling ***00",
        "call 1 from ***",
        '"digit":"***"',
        "from=***00",
        " ended by ",
    ):
        assert told in lines


def test_what_a_peer_writes_where_a_name_is_expected() -> None:
    """A number is not shown wherever it stands: as the name of a call, an app, a format, or the reason of an end."""
    number = CALL["from"]
    face = Face(apps=("parrot",))
    face.log.privacy = PRIVACIES["masked"]
    lost = {
        "status": "disconnected",
        "uuid": number,
        "conversation_uuid": number,
        "from": number,
        "to": "ws://a/socket",
    }
    face.ask(f"/ncco?conversation_uuid={number}&app={number}")
    face.ask(f"/ncco?uuid={number}")
    for leg in range(5):
        face.ask("/events", method="POST", body=json.dumps({**lost, "uuid": f"{number}{leg}"}).encode())
    wire, _ = face.call()
    said = {
        "event": "websocket:connected",
        "content-type": number,
        "app": number,
        "conversation_uuid": number,
    }
    wire.receive(encode_frame(TEXT, json.dumps(said).encode()))
    wire.receive(encode_frame(CLOSE, b"\x03\xe8" + number.encode()))
    wire.lose()

    lines = [line for _, line in face.log.lines]
    assert [line for line in lines if number in line] == []
    for told in (
        "NCCO for somebody calling us (***)",
        "?app=***: --apps does not allow it",
        "*** has lost its socket: connected again",
        "refused by reconnects_per_minute: ***",
        "unknown content-type ***",
        "ended by provider (close code 1000: ***)",
    ):
        assert [line for line in lines if told in line], "\n".join(lines)


def test_an_app_that_is_not_allowed() -> None:
    """Its name is a header of the socket."""
    stage = Stage(apps={"parrot": RecordingApp})
    stage.log.privacy = PRIVACIES["masked"]
    stage.read(b'{"event":"websocket:connected","app":"447700900000"}')
    assert stage.log.at("warn") == ["call 1: asks for the app ***, which --apps does not allow"]
