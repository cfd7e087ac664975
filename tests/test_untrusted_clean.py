"""What peers say: nothing of it reaches a log raw."""

from __future__ import annotations

import re
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from echo.untrusted import clean

steady = settings(derandomize=True, max_examples=150, deadline=None)

#: Strings that may hold surrogates, as Python's own may.
ANY_TEXT = st.text(st.characters(codec=None, categories=None))
#: Strings in which our own escapes turn up by themselves.
TRICKY_TEXT = st.text(st.sampled_from("\\\\\\nrtxuU0189afé\n\x1b\u202e\udc80\U0001f600 "))

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
