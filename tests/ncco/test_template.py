"""The operator's NCCO: what is one, and what is filled in."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.errors import NccoError
from echo.ncco.template import MAX_BYTES, PLACEHOLDERS, NccoTemplate
from echo.untrusted import Json

steady = settings(derandomize=True, max_examples=100, deadline=None)

VALUES = {
    "socket_url": "wss://example.com/socket",
    "socket_token": "AAAAAAAAAAAAAAAAAAAAAQ",
    "events_url": "https://example.com/events",
    "from": "447700900001",
    "to": "447700900000",
    "uuid": "u-1",
    "conversation_uuid": "CON-1",
    "app": "parrot",
    "room": "7",
}
SHIPPED = Path(__file__).parents[2] / "etc" / "ncco.json"

#: Each piece with what it becomes; no two pieces make a placeholder of ours where they meet.
PIECES = st.sampled_from(
    [(f"${{{name}}}", value) for name, value in VALUES.items()]
    + [(text, text) for text in ("$", "{x}", "to", "}", "$$", "${nope}", "${ to }", "${TO}", "\\", "é")]
)

KEYS = st.sampled_from(["a", "action", "${to}"])
LEAVES = (
    st.none() | st.integers() | st.text(st.sampled_from("${}tofrmuid_x")) | st.sampled_from(["${to}", "${x}"])
)
NESTED = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(KEYS, LEAVES, max_size=3)


def template(text: str) -> NccoTemplate:
    """Parse a script of one talk that says ``text``."""
    return NccoTemplate.parse(json.dumps([{"action": "talk", "text": text}]).encode(), "test.json")


def said(text: str, **values: str) -> Json:
    """Fill a script of one talk, and return what it says."""
    return template(text).fill(values)[0]["text"]


class TestParse:
    """What an NCCO is."""

    @pytest.mark.parametrize(
        ("body", "path", "problem"),
        [
            (b"", "$", "empty"),
            (
                b'[\n  {"action": "talk"},\n  {"action" "talk"}\n]',
                "$",
                "not JSON from line 3, column 13 on; it begins with",
            ),
            (b'[{"action": "talk\xff"}]', "$", "not UTF-8"),
            (b'[{"action": "talk", "action": "stream"}]', "$", "same key twice"),
            (b'[{"action": "talk", "level": NaN}]', "$", "NaN"),
            (b'[{"action": ' + b"[" * 100_000, "$", "too deep"),
            (b" " * (MAX_BYTES + 1), "$", "1048577 bytes of JSON where 1048576 are allowed"),
            (b'{"action": "talk"}', "$", "an object where an array of actions is required"),
            (b"null", "$", "null where an array of actions is required"),
            (b"[]", "$", "an empty array where at least one action is required"),
            (b"[1]", "$[0]", "line 1: a number where an action (an object) is required"),
            (b'\n[\n{"action": "talk"}\n,\n\n"talk"]', "$[1]", "line 6: a string where an action"),
            (
                b'[{"text": "hi"}]',
                "$[0].action",
                'line 1: the name of the action is required, as in {"action"',
            ),
            (b'[{"action": "a,[{"}, \n{"x": [\n{}]},\n {"action": 5}]', "$[1].action", "line 2: the name"),
            (b'[{"action": "a"},\n{"action": "b"},\n {"action": null}]', "$[2].action", "line 3: the name"),
            (b'[{"action": ""}]', "$[0].action", "line 1: the name"),
            (b'[{"Action": "talk"}]', "$[0].action", "line 1: the name"),
        ],
    )
    def test_refuses(self, body: bytes, path: str, problem: str) -> None:
        """What is no NCCO is refused with the file, the place in the document, and the line."""
        with pytest.raises(NccoError) as caught:
            NccoTemplate.parse(body, "ncco.json")
        assert caught.value.source == "ncco.json"
        assert caught.value.path == path
        assert problem in caught.value.problem
        assert str(caught.value) == f"ncco.json: {path}: {caught.value.problem}"

    def test_takes_actions_of_any_name(self) -> None:
        """Which actions there are is the provider's business: unknown names and keys pass."""
        body = b' [{"action": "talk", "text": "a"}, {"action": "newest", "depth": [[1.5, null, true]]}]\n'
        assert NccoTemplate.parse(body, "x").fill({}) == json.loads(body)

    def test_takes_up_to_a_mebibyte(self) -> None:
        """The size limit is exact."""
        body = b'[{"action": "talk"}]'
        assert NccoTemplate.parse(body.ljust(MAX_BYTES), "x").fill({}) == [{"action": "talk"}]


class TestFill:
    """What becomes of placeholders."""

    @pytest.mark.parametrize("name", PLACEHOLDERS)
    def test_each_placeholder(self, name: str) -> None:
        """Each name is filled by its own value, and by an empty string where there is none."""
        assert said(f"<${{{name}}}>", **VALUES) == f"<{VALUES[name]}>"
        assert said(f"<${{{name}}}>") == "<>"

    @pytest.mark.parametrize(
        "text",
        ["$", "$to", "${", "${}", "${to", "${ to }", "${TO}", "${tow}", "$ {to}", "US$5", "{to}", "%(to)s"],
    )
    def test_other_dollars_are_left_alone(self, text: str) -> None:
        """Whatever is no placeholder of ours stays as it was written."""
        assert said(text, **VALUES) == text

    def test_a_single_pass(self) -> None:
        """A value that looks like a placeholder, or completes one, is not filled again."""
        assert said("${from}|${to}", **{"from": "${to}", "to": "${from}"}) == "${to}|${from}"
        assert said("${${from}}", **{"from": "to", "to": "x"}) == "${to}"

    def test_values_are_not_patterns(self) -> None:
        """A value goes in as it is, backslashes and group references included."""
        assert said("${to}", to=r"\1 \g<0> \n") == r"\1 \g<0> \n"

    def test_everywhere_but_in_keys(self) -> None:
        """Strings are filled at any depth; keys, numbers and the rest stay."""
        body = b'[{"action": "${to}", "${to}": [["${to}"], {"a": {"b": "x${to}"}}, 1, 1.5, true, null]}]'
        assert NccoTemplate.parse(body, "x").fill({"to": "T"}) == [
            {"action": "T", "${to}": [["T"], {"a": {"b": "xT"}}, 1, 1.5, True, None]}
        ]

    def test_a_value_cannot_change_the_structure(self) -> None:
        """Quotes and braces of a value stay inside their string when the script is written out."""
        value = '", "action": "record'
        filled = template("${from}").fill({"from": value})
        assert json.loads(json.dumps(filled)) == [{"action": "talk", "text": value}]

    def test_calls_share_nothing(self) -> None:
        """A script is the call's own: changing it changes neither the template nor another call's."""
        parsed = NccoTemplate.parse(b'[{"action": "connect", "endpoint": [{"headers": {}}]}]', "x")
        first = parsed.fill({})
        expected = copy.deepcopy(first)
        endpoints = first[0]["endpoint"]
        assert isinstance(endpoints, list)
        endpoints.append("mine")
        assert isinstance(endpoints[0], dict)
        endpoints[0]["headers"] = "mine"
        assert parsed.fill({}) == expected

    @steady
    @given(st.lists(PIECES))
    def test_exactly_the_placeholders_change(self, pieces: list[tuple[str, str]]) -> None:
        """Each placeholder of ours becomes its value, and no other character of the text changes."""
        assert said("".join(piece for piece, _ in pieces), **VALUES) == "".join(value for _, value in pieces)

    @steady
    @given(LEAVES | st.lists(NESTED, max_size=3) | st.dictionaries(KEYS, NESTED, max_size=3))
    def test_filling_placeholders_by_themselves_changes_nothing(self, value: Json) -> None:
        """With each placeholder as its own value, the document comes back as it was, whatever it is."""
        document: list[Json] = [{"action": "talk", "value": value}]
        parsed = NccoTemplate.parse(json.dumps(document).encode(), "x")
        assert parsed.fill({name: f"${{{name}}}" for name in PLACEHOLDERS}) == document


class TestUnknownPlaceholders:
    """Names that are probably slips of the pen."""

    def test_are_listed_once_in_order(self) -> None:
        """Unknown names are listed, each once, as they come in the document; ours and keys are not."""
        body = b'[{"action": "${b}", "${key}": ["${to} ${a}", {"x": "${b}${ to }"}, 1, "${}", "$c", "${d"]}]'
        assert NccoTemplate.parse(body, "x").unknown_placeholders == ("b", "a", " to ", "")

    def test_none(self) -> None:
        """A script with our names only has none."""
        assert template(" ".join(f"${{{name}}}" for name in PLACEHOLDERS)).unknown_placeholders == ()


def test_the_shipped_script_works_as_it_stands() -> None:
    """The tutorial's script needs nothing but our two addresses."""
    shipped = NccoTemplate.parse(SHIPPED.read_bytes(), str(SHIPPED))
    assert shipped.unknown_placeholders == ()
    assert shipped.fill(VALUES) == [
        {"action": "talk", "text": "Please wait while we connect you"},
        {
            "action": "connect",
            "eventUrl": ["https://example.com/events"],
            "from": "447700900000",
            "endpoint": [
                {
                    "type": "websocket",
                    "uri": "wss://example.com/socket",
                    "content-type": "audio/l16;rate=16000",
                    "headers": {"whatever": "metadata_you_want"},
                }
            ],
        },
    ]


def test_a_byte_order_mark_does_no_harm() -> None:
    """Some editors begin a file with one; the script is the same."""
    marked = NccoTemplate.parse(b'\xef\xbb\xbf[{"action": "talk"}]', "ncco.json")
    assert marked.fill({}) == [{"action": "talk"}]
