"""What peers say: nothing but JSON passes for JSON."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.errors import UntrustedTextError
from echo.untrusted import Json, kind, parse_json, parse_object

steady = settings(derandomize=True, max_examples=150, deadline=None)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)

MARK = "PEERS-OWN-WORDS"
DEEP = b"[" * 100_000

REFUSED = [
    (b"", "empty"),
    (b" \n ", "empty"),
    (b"{", "not JSON from line 1, column 2"),
    (b'{\n"a": tru}', "not JSON from line 2, column 6"),
    (b'"\\q"', "not JSON"),
    (b'"\x01"', "not JSON"),
    (b'"\x00"', "not JSON"),
    (b"{} {}", "not JSON from line 1, column 4"),
    (b"{'a': 1}", "not JSON"),
    (b"[1,]", "not JSON"),
    (b"\x0b[]", "not JSON"),
    ('{"a": 1}'.encode("utf-16-le"), "not JSON"),
    ('{"a": 1}'.encode("utf-16"), "not UTF-8 from byte 1"),
    ('{"a": 1}'.encode("utf-32-be"), "not JSON"),
    (b'"caf\xe9"', "not UTF-8 from byte 5"),
    (b'"\xed\xa0\x80"', "not UTF-8 from byte 2"),
    (b"\xef\xbb\xbf{}", "byte order mark"),
    (b"NaN", "NaN or Infinity"),
    (b"[Infinity]", "NaN or Infinity"),
    (b'{"a": -Infinity}', "NaN or Infinity"),
    (b"1e999", "beyond 1.8e308"),
    (b"[-1e999]", "beyond 1.8e308"),
    (b"1" + b"0" * 309, "beyond 1.8e308"),
    (b"9" * 309, "beyond 1.8e308"),
    (b"[-" + b"9" * 60_000 + b"]", "beyond 1.8e308"),
    (b'{"a": 1, "b": 2, "a": 3}', "same key twice"),
    (b'[{"x": {"\\u0061": 1, "a": 1}}]', "same key twice"),
    (b'"\\ud800"', "surrogate pair"),
    (b'{"\\udc00": 1}', "surrogate pair"),
    (b'["\\ude00\\ud83d"]', "surrogate pair"),
    (b"[" * 17 + b"]" * 17, "deeper than the 16 levels"),
    (b'{"a":' * 17 + b"1" + b"}" * 17, "deeper than the 16 levels"),
    (b'[{"a":' * 9 + b"1" + b"}]" * 9, "deeper than the 16 levels"),
    (DEEP, "far too deep"),
    (b'{"a":' * 100_000, "far too deep"),
]


def attempt(body: bytes) -> tuple[Json, str]:
    """Parse; return the value, and the problem if there is one."""
    try:
        return parse_json(body, 1000), ""
    except UntrustedTextError as error:
        return None, error.problem


class TestParseJson:
    """The one strict JSON function."""

    @pytest.mark.parametrize(
        ("body", "value"),
        [
            (b' {"event": "websocket:connected"}', {"event": "websocket:connected"}),
            (b"\r\n\t [] \n", []),
            (b"null", None),
            (b"true", True),
            (b"-0.5e1", -5.0),
            (b"12", 12),
            (b"9" * 308, int("9" * 308)),
            (b"-1" + b"0" * 308, -(10**308)),
            (b"1.7976931348623157e308", 1.7976931348623157e308),
            ('"é\U0001f600"'.encode(), "é\U0001f600"),
            (b'"\\ud83d\\ude00"', "\U0001f600"),
            (b'"\\u0000"', "\x00"),
            (b"[" * 16 + b"]" * 16, [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]),
            (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ],
    )
    def test_takes(self, body: bytes, value: Json) -> None:
        """Valid JSON is taken as it is, with white space around it and up to the limits."""
        assert parse_json(body, 65536) == value

    @pytest.mark.parametrize(("body", "problem"), REFUSED)
    def test_refuses(self, body: bytes, problem: str) -> None:
        """What json.loads takes or trips over is refused in one sentence, with status 400."""
        with pytest.raises(UntrustedTextError, match=re.escape(problem)) as caught:
            parse_json(body, 1_000_000)
        assert caught.value.status == 400

    def test_size_counts_first(self) -> None:
        """A body over the limit is a 413 before anything in it is looked at; at the limit it is parsed."""
        assert parse_json(b"[  ]", 4) == []
        with pytest.raises(UntrustedTextError, match="5 bytes of JSON where 4 are allowed") as caught:
            parse_json(b"\xff    ", 4)
        assert caught.value.status == 413

    def test_depth_is_the_callers(self) -> None:
        """The depth that is allowed can be set; a plain value has none."""
        assert parse_json(b'"flat"', 100, max_depth=0) == "flat"
        assert parse_json(b"[[1], {}]", 100, max_depth=2) == [[1], {}]
        with pytest.raises(UntrustedTextError, match="deeper than the 1 levels"):
            parse_json(b"[[1], {}]", 100, max_depth=1)

    @pytest.mark.parametrize(
        "body",
        [
            f'{{"{MARK}": }}',
            f"{MARK}",
            f'"\\{MARK}"',
            f'"{MARK}\x01"',
            f'{{"{MARK}": 1, "{MARK}": 2}}',
            f'["{MARK}", NaN]',
            f'["{MARK}", 1e999]',
            f'["{MARK}\\ud800"]',
            f'{{"{MARK}":' * 20 + "1" + "}" * 20,
            f'["{MARK}',
        ],
    )
    def test_errors_are_free_of_the_peers_text(self, body: str) -> None:
        """Neither the sentence nor a traceback's cause repeats what the peer sent."""
        with pytest.raises(UntrustedTextError) as caught:
            parse_json(body.encode(), 65536)
        assert MARK not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None or caught.value.__suppress_context__

    @steady
    @given(JSON_VALUES)
    def test_any_value_comes_back(self, value: Json) -> None:
        """Whatever JSON can say within the depth limit is parsed to what it says."""
        assert parse_json(json.dumps(value).encode(), 10**6, max_depth=64) == value
        assert parse_json(json.dumps(value, ensure_ascii=False).encode(), 10**6, max_depth=64) == value

    @steady
    @given(
        st.binary()
        | st.text(st.sampled_from('{}[]",:\\ud8c0123.eE+-nulltrfasNI \n')).map(str.encode)
        | JSON_VALUES.map(lambda value: json.dumps(value).encode()[:-1])
    )
    def test_any_bytes_are_json_or_an_error(self, body: bytes) -> None:
        """Nothing but UntrustedTextError is raised, and what is taken can be written out again."""
        value, problem = attempt(body)
        if problem:
            assert re.fullmatch("[ -~]+", problem)
        else:
            written = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
            assert parse_json(written, 10_000) == value


class TestParseObject:
    """JSON that must be an object."""

    def test_takes_an_object(self) -> None:
        """An object is returned as it is, under the same limits."""
        assert parse_object(b' {"a": [1]}', 100) == {"a": [1]}
        with pytest.raises(UntrustedTextError, match="deeper"):
            parse_object(b'{"a": [1]}', 100, max_depth=1)

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            (b"null", "null"),
            (b"true", "true or false"),
            (b"1", "a number"),
            (b"1.5", "a number"),
            (b'"{}"', "a string"),
            (b"[{}]", "an array"),
        ],
    )
    def test_refuses_all_else(self, body: bytes, what: str) -> None:
        """Any other value is named by its kind."""
        with pytest.raises(UntrustedTextError, match=f"the JSON text is {what} where an object is required"):
            parse_object(body, 100)

    def test_kind_of_an_object(self) -> None:
        """An object is named as one, for the errors of others."""
        assert kind({}) == "an object"
