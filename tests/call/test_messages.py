"""Which text is a first message, and what it says; every shape that the provider has sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.audio.format import AudioFormat
from echo.call.messages import (
    CLEAR,
    CLEARED,
    CONNECTED,
    NOTIFIED,
    PRESSED,
    Event,
    notify,
    parse_event,
    parse_start,
)
from echo.untrusted import Json

WIDE = AudioFormat(16000)


def seen(text: bytes) -> tuple[dict[str, Json], str | None, AudioFormat | None]:
    """What a first text message told."""
    start = parse_start(text)
    assert start is not None
    return start.metadata, start.content_type, start.audio


def test_today() -> None:
    """The provider's first message: the format, and every header of the endpoint at the top level."""
    text = (
        b'{"event":"websocket:connected","content-type":"audio/l16;rate=16000",'
        b'"language":"en-GB","age":40,"address":{"city":"London"},"roles":["a","b"],"audit":false}'
    )
    start = parse_start(text)
    assert start is not None
    assert (start.text, start.content_type, start.audio) == (text, "audio/l16;rate=16000", WIDE)
    assert start.metadata == {
        "language": "en-GB",
        "age": 40,
        "address": {"city": "London"},
        "roles": ["a", "b"],
        "audit": False,
    }


@pytest.mark.parametrize(
    "text",
    [
        b'{"content-type":"audio/l16;rate=16000","caller":"44"}',
        b' {"event":"websocket:connected","caller":"44","content-type":"audio/l16;rate=16000"}',
        b'\r\n\t{"caller":"44","content-type":"audio/l16;rate=16000"}\n',
        b'{"event":null,"caller":"44","content-type":"audio/l16;rate=16000"}',
    ],
    ids=["no event", "leading space", "white space around", "event null"],
)
def test_older_shapes(text: bytes) -> None:
    """White space around the JSON and a missing event change nothing."""
    assert seen(text) == ({"caller": "44"}, "audio/l16;rate=16000", WIDE)


@pytest.mark.parametrize(
    "text",
    [
        b'{"event":"websocket:connected","digit":"5","content-type":"audio/l16;rate=16000"}',
        b'{"digit":"5","content-type":"audio/l16;rate=16000"}',
        b'{"event":"websocket:connected","digit":"5"}',
    ],
)
def test_a_header_may_be_called_digit(text: bytes) -> None:
    """A script may hand on the key that was pressed; the event or the format tells that this is the start."""
    start = parse_start(text)
    assert start is not None
    assert start.metadata == {"digit": "5"}


@pytest.mark.parametrize(
    "text",
    [
        b'{"event":"websocket:dtmf","digit":"5","duration":260}',
        b'{"digit":"5","duration":260}',
        b'{"event":"websocket:dtmf","dtmf":{"digit":"5"}}',
        b'{"dtmf":{"digit":"5"}}',
        b'{"event":"websocket:cleared"}',
        b'{"event":"websocket:media:update","active":true,"content-type":"audio/l16;rate=16000"}',
        b'{"event":"websocket:something-new"}',
        b'{"event":""}',
        b'{"event":{"websocket:connected":1}}',
        b"hello",
        b"",
        b"[]",
        b'"websocket:connected"',
        b'{"event":"websocket:connected"',
        b'{"event":"websocket:connected","event":"websocket:connected"}',
        b'{"event":"websocket:connected","n":NaN}',
        b'{"event":"websocket:connected","x":' + b"[" * 20 + b"]" * 20 + b"}",
        b"\xff",
    ],
)
def test_anything_else_is_no_start(text: bytes) -> None:
    """Keys in each of their shapes, other events, and what is no JSON object are no first message."""
    assert parse_start(text) is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b'"audio/l16;rate=44100"', "audio/l16;rate=44100"),
        (b'"audio/opus"', "audio/opus"),
        (b'""', ""),
        (b"16000", "16000"),
        (b'["audio/l16;rate=16000"]', "['audio/l16;rate=16000']"),
    ],
)
def test_an_unknown_format_is_kept_as_written(written: bytes, told: str) -> None:
    """A format that the provider does not have is no reason to lose the metadata, and can be told of."""
    text = b'{"event":"websocket:connected","content-type":%b,"caller":"44"}' % written
    assert seen(text) == ({"caller": "44"}, told, None)


@pytest.mark.parametrize("text", [b'{"caller":"44"}', b'{"caller":"44","content-type":null}'])
def test_without_a_format(text: bytes) -> None:
    """A first message without a format is one all the same."""
    assert seen(text) == ({"caller": "44"}, None, None)


def test_size_is_bounded() -> None:
    """4 KiB are read, a byte more is not."""
    text = b'{"caller":"%b"}'
    fitting = text % (b"x" * (4096 - len(text) + 2))
    assert len(fitting) == 4096
    assert parse_start(fitting) is not None
    assert parse_start(fitting + b" ") is None


def test_it_is_kept_as_it_came() -> None:
    """A first text that would be large when parsed is kept as small as it was sent."""
    text = b'{"a":[' + b",".join([b"{}"] * 1000) + b"]}"
    start = parse_start(text)
    assert start is not None
    assert start.text is text
    assert start.metadata == {"a": [{}] * 1000}


KEYS = st.sampled_from(["event", "content-type", "digit", "dtmf", "x"]) | st.text(max_size=5)
WORDS = st.sampled_from([CONNECTED, "websocket:dtmf", WIDE.content_type, "audio/l16;rate=44100"])


@given(st.dictionaries(KEYS, WORDS | st.none() | st.integers() | st.lists(st.booleans())) | st.binary())
def test_a_first_message_tells_the_same_twice(message: dict[str, Json] | bytes) -> None:
    """Whatever comes first: it is no first message, or its metadata is what it said beside event and format."""
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    start = parse_start(text)
    if start is None:
        return
    told = json.loads(text)
    assert start.metadata == {
        key: value for key, value in told.items() if key not in {"event", "content-type"}
    }
    assert start.audio == (None if start.content_type is None else AudioFormat.parse(start.content_type))


@pytest.mark.parametrize(
    ("text", "event"),
    [
        (b'{"event":"websocket:dtmf","digit":"5","duration":260}', Event(PRESSED, "5")),
        (b' {"digit":"*","duration":260}', Event(PRESSED, "*")),
        (b'{"event":"websocket:cleared"}', Event(CLEARED)),
        (b'{"event":"websocket:notify","payload":{"a":1}}', Event(NOTIFIED, payload={"a": 1})),
        (b'{"event":"websocket:notify"}', Event(NOTIFIED, payload={})),
        (b'{"event":"websocket:notify","payload":[]}', Event(NOTIFIED, payload={})),
        (b'{"event":"websocket:connected","digit":"5"}', None),
        (b'{"content-type":"audio/l16;rate=8000","digit":"5"}', None),
        (b'{"event":"websocket:dtmf","digit":"12"}', None),
        (b"5", None),
        (b"", None),
        (b"{" * 10, None),
        (b'{"digit":"5","x":"' + b"x" * 5000 + b'"}', None),
    ],
)
def test_an_event(text: bytes, event: Event | None) -> None:
    """Keys and answers to commands are known in each of their forms, and nothing else is taken for one."""
    assert parse_event(text) == event


def test_a_notify_is_what_the_provider_takes() -> None:
    """A command with the payload as it is."""
    assert json.loads(notify({"n": 1})) == {"action": "notify", "payload": {"n": 1}}
    assert json.loads(CLEAR) == {"action": "clear"}
