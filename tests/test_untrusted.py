"""What peers say: nothing of it reaches a log raw, and nothing but JSON passes for JSON."""

from __future__ import annotations

import json
import re
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from echo.errors import UntrustedTextError
from echo.untrusted import Json, clean, kind, parse_json, parse_object

steady = settings(derandomize=True, max_examples=150, deadline=None)

#: Strings that may hold surrogates, as Python's own may.
ANY_TEXT = st.text(st.characters(codec=None, categories=None))
#: Strings in which our own escapes turn up by themselves.
TRICKY_TEXT = st.text(st.sampled_from("\\\\\\nrtxuU0189afé\n\x1b\u202e\udc80\U0001f600 "))

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)

_ESCAPES = re.compile(r"\\(?:\\|[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_SHORT = {r"\\": "\\", r"\n": "\n", r"\r": "\r", r"\t": "\t"}


def restore(line: str) -> str:
    """Undo clean(); bytes that were no UTF-8 become lone surrogates (PEP 383)."""
    return _ESCAPES.sub(_restore_one, line)


def _restore_one(found: re.Match[str]) -> str:
    escape = found[0]
    if escape in _SHORT:
        return _SHORT[escape]
    code = int.from_bytes(bytes.fromhex(escape[2:]), "big")
    return chr(code + 0xDC00 if escape[1] == "x" and code >= 0x80 else code)


class TestClean:
    """One line of printable ASCII, whatever comes in."""

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("", ""),
            ('{"event":"websocket:dtmf","digit":"5"}', '{"event":"websocket:dtmf","digit":"5"}'),
            (r'{"a":"say \"hi\""}', r'{"a":"say \"hi\""}'),
            (r"C:\calls", r"C:\calls"),
            ("a\nb\r\tc", r"a\nb\r\tc"),
            ("\x1b[31mred\x07\x00\x7f", r"\x1b[31mred\x07\x00\x7f"),
            ("\x80\x9f\x85", r"\u0080\u009f\u0085"),
            ("\u202eevil\u2066\u2028\u2029\ufeff", r"\u202eevil\u2066\u2028\u2029\ufeff"),
            ("café \U0001f600", r"caf\u00e9 \U0001f600"),
            ("\ud800", r"\ud800"),
            (r"\n is no line end", r"\\n is no line end"),
            ("\\\n", "\\\\\\n"),
            ("\\\\", "\\\\\\"),
            ("\\é", r"\\\u00e9"),
            (b"caf\xc3\xa9 caf\xe9", r"caf\u00e9 caf\xe9"),
            (b"\xff\xfe\xed\xa0\x80", r"\xff\xfe\xed\xa0\x80"),
        ],
    )
    def test_escapes(self, text: str | bytes, shown: str) -> None:
        """Printable ASCII stays readable, all else is escaped, and no escape can be mistaken."""
        assert clean(text) == shown

    @pytest.mark.parametrize(
        ("text", "limit", "shown"),
        [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abcdef ... (+1 characters)"),
            ("abc\U0001f600", 12, "abc ... (+1 characters)"),
            ("abc\U0001f600", 13, r"abc\U0001f600"),
            ("\x1b" * 100, 8, r"\x1b\x1b ... (+98 characters)"),
            (b"abcdefg", 6, "abcdef ... (+1 bytes)"),
            ("ab\u00e9\u00e9".encode(), 8, r"ab\u00e9 ... (+2 bytes)"),
            ("\U0001f600".encode() * 3, 10, r"\U0001f600 ... (+8 bytes)"),
        ],
    )
    def test_cuts(self, text: str | bytes, limit: int, shown: str) -> None:
        """The cut is at the limit of output characters, splits no escape, and says how much is left out."""
        assert clean(text, limit) == shown

    @pytest.mark.parametrize("text", ["\u202e" * 2**22, b"\xff" * 2**24])
    def test_large_input_costs_what_its_beginning_costs(self, text: str | bytes) -> None:
        """Showing 16 MiB takes no memory to speak of, since only the beginning is looked at."""
        tracemalloc.start()
        try:
            shown = clean(text)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert len(shown) < 1024 + 40
        assert peak < 256 * 1024

    @steady
    @given(ANY_TEXT | TRICKY_TEXT | st.binary(), st.integers(1, 60))
    @example("\x85\u2028\x0b\x0c\x1c\n", 60)
    def test_is_one_printable_line(self, text: str | bytes, limit: int) -> None:
        """The output is one line of printable ASCII, no longer than the limit and the note."""
        shown = clean(text, limit)
        assert re.fullmatch("[ -~]*", shown)
        assert len(shown) <= limit + 40

    @steady
    @given(ANY_TEXT | TRICKY_TEXT)
    def test_no_two_texts_look_alike(self, text: str) -> None:
        """What is shown can be turned back into what was said, so nothing can pose as something else."""
        assert restore(clean(text, 10_000)) == text

    @steady
    @given(st.binary() | TRICKY_TEXT.map(lambda text: text.encode("utf-8", "surrogateescape")))
    def test_no_two_byte_strings_look_alike(self, text: bytes) -> None:
        """As above for bytes, UTF-8 or not."""
        assert restore(clean(text, 10_000)).encode("utf-8", "surrogateescape") == text

    @steady
    @given(ANY_TEXT | TRICKY_TEXT | st.binary(min_size=1), st.integers(1, 40))
    def test_the_note_counts_what_is_missing(self, text: str | bytes, limit: int) -> None:
        """Shown and left out make up the whole, in characters or in bytes."""
        shown, _, note = clean(text, limit).partition(" ... (+")
        left_out = int(note.split(" ")[0]) if note else 0
        head = text[: len(text) - left_out]
        assert restore(shown) == (head if isinstance(head, str) else head.decode("utf-8", "surrogateescape"))


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
