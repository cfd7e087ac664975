"""Which text messages are commands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.phone.listening.texts import KEPT, KEPT_CHARACTERS, Texts, read_text

NO_ACTION = 'has no "action" that is a string'
ECHOED = "is the provider's own message, sent back"


@pytest.mark.parametrize("text", ['{"action":"clear"}', '  {"action": "clear", "more": [1]}\n'])
def test_clear_is_a_command(text: str) -> None:
    """White space around it and keys that nobody knows do no harm."""
    assert read_text(text, 1.5).action == "clear"


def test_notify_is_a_command_with_its_payload() -> None:
    """The payload is kept to be sent back as it is."""
    heard = read_text('{"action":"notify","payload":{"id":[1,null]}}', 1.5)
    assert (heard.action, heard.payload, heard.at) == ("notify", '{"id":[1,null]}', 1.5)
    assert heard.answered()["payload"] == {"id": [1, None]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hello", "is no command: the text is not JSON from line 1, column 1 on"),
        ("", "is no command: the JSON text is empty"),
        ("[1]", "is no command: the JSON text is an array where an object is required"),
        ('{"a":"\ud800"}', "is no command: the JSON text is not UTF-8 from byte 7 on"),
        ('{"x":"' + "y" * 65536 + '"}', "is no command: 65544 bytes of JSON where 65536 are allowed"),
        ('{"action":"notify"}', "is a notify without an object as its payload"),
        ('{"action":"notify","payload":"x"}', "is a notify without an object as its payload"),
        ('{"action":"ho\\nld"}', 'has the action "ho\\nld", which the provider does not know'),
        ('{"action":7}', NO_ACTION),
        ('{"event":"clear"}', NO_ACTION),
        ('{"event":"websocket:connected","content-type":"x"}', ECHOED),
        ('{"event":"websocket:dtmf","digit":"1"}', ECHOED),
        ('{"content-type":"audio/l16;rate=8000"}', ECHOED),
        ('{"digit":"5","duration":260}', ECHOED),
        ("{}", NO_ACTION),
    ],
)
def test_anything_else_is_none_and_says_why(text: str, problem: str) -> None:
    """Each text that is no command has a clause that tells why."""
    heard = read_text(text, 0.0)
    assert (heard.action, heard.problem) == (None, problem)


def test_texts_are_kept_within_bounds() -> None:
    """The first ones are kept, each only so far; all are counted, and the first that is none is known."""
    texts = Texts()
    texts.keep(read_text('{"action":"clear"}', 0.0))
    for number in range(KEPT + 10):
        texts.keep(read_text(f"{number}" * 2000, number))
    assert (texts.count, texts.unknown, len(texts.kept)) == (KEPT + 11, KEPT + 10, KEPT)
    assert texts.first_unknown is texts.kept[1]
    assert texts.kept[1].text == "0" * KEPT_CHARACTERS


COMMANDS = st.dictionaries(
    st.sampled_from(["action", "payload", "event", "digit"]),
    st.sampled_from(["clear", "notify", "websocket:dtmf"])
    | st.none()
    | st.integers()
    | st.dictionaries(st.text(), st.text()),
)


@given(st.text(max_size=200) | COMMANDS.map(json.dumps))
def test_a_text_is_a_command_or_a_problem(text: str) -> None:
    """Whatever the application says: it is a command, or what is wrong with it is told in one line."""
    heard = read_text(text, 0.5)
    assert (heard.action is None) == (heard.problem is not None)
    assert heard.problem is None or heard.problem.isprintable()
    if heard.action == "notify":
        assert isinstance(json.loads(heard.payload or ""), dict)
