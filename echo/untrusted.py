"""
What peers say: the one strict JSON function, and the one escape for everything that is shown to a person.

Nothing here trusts its input: sizes are looked at first, and no sentence of an error repeats the peer's text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import NoReturn, TypeAlias

from echo.errors import UntrustedTextError

#: Any value that a JSON text (RFC 8259) can hold.
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

#: Without backslash: text that is shown as it is.
_PLAIN = re.compile(r"[ -\[\]-~]*")

_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

#: What follows a backslash that would be read as one of our escapes if it stood alone.
_LOOKS_ESCAPED = re.compile(r"[\\nrtxuU]|[^ -~]")


def clean(text: str | bytes, limit: int = 1024) -> str:
    r"""
    Make one line of printable ASCII out of anything, so that it forges no line and moves no cursor.

    Control and non-ASCII characters become ``\n``, ``\r``, ``\t``, ``\x1b``, ``\u202e`` or ``\U0001f600``;
    ``\x80`` to ``\xff`` are bytes that are not UTF-8. A backslash stays as it is, so that JSON can be read,
    and is doubled only before what would make it look like one of these escapes: no two texts look alike.
    It follows that text must pass here once; a second pass doubles the backslashes of the first.

    Args:
        text: from a peer; UTF-8 where it is bytes. Only its beginning is looked at, however long it is.
        limit: how many characters of output to make of it; an escape is never cut in two.

    Returns:
        The line, with `` ... (+N characters)`` (or bytes) after it, at most 40 more, where text was left out.
    """
    if isinstance(text, str):
        shown, taken = _escape(text[:limit], limit)
        return shown + _note(len(text) - taken, "characters")
    # A sequence that is torn here is never shown: it needs four characters a byte, where one is left at most.
    head = text[:limit].decode("utf-8", "surrogateescape")
    shown, taken = _escape(head, limit)
    return shown + _note(len(text) - len(head[:taken].encode("utf-8", "surrogateescape")), "bytes")


def _note(left_out: int, unit: str) -> str:
    """Say how much is not shown, if anything."""
    return f" ... (+{left_out} {unit})" if left_out else ""


def _escape(text: str, limit: int) -> tuple[str, int]:
    """
    Escape ``text``, no longer than ``limit``, into ``limit`` characters at most.

    Returns:
        These, and how many characters of ``text`` they show.
    """
    if _PLAIN.fullmatch(text):
        return text, len(text)
    shown: list[str] = []
    room = limit
    for position, char in enumerate(text):
        piece = _escape_one(char, text[position + 1 : position + 2])
        room -= len(piece)
        if room < 0:
            break
        shown.append(piece)
    return "".join(shown), len(shown)


def _escape_one(char: str, following: str) -> str:
    """Escape one character; ``following`` is the next one, or empty at the end."""
    if char == "\\":
        return r"\\" if _LOOKS_ESCAPED.match(following) else char
    if " " <= char <= "~":
        return char
    code = ord(char)
    if code < 0x80:
        return _SHORT_ESCAPES.get(char, f"\\x{code:02x}")
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8, by Python's "surrogateescape" (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def parse_object(body: bytes, max_bytes: int, max_depth: int = 16) -> dict[str, Json]:
    """Parse a JSON text that must be an object; see :func:`parse_json`."""
    value = parse_json(body, max_bytes, max_depth)
    if not isinstance(value, dict):
        raise UntrustedTextError(f"the JSON text is {kind(value)} where an object is required")
    return value


def parse_json(body: bytes, max_bytes: int, max_depth: int = 16) -> Json:
    """
    Parse a JSON text (RFC 8259) from a peer, and take nothing that could not be written out again as JSON.

    Stricter than ``json.loads``, which takes NaN and 1e999, keeps the last of two equal keys, guesses UTF-16,
    and takes lone surrogates that no ``encode`` takes later. White space around the text is fine: the
    provider's media side used to put a space before it.

    Args:
        body: UTF-8 without a byte order mark.
        max_bytes: the largest ``body`` that is looked at.
        max_depth: how deep arrays and objects may be nested; ``[]`` is one deep.

    Raises:
        UntrustedTextError: with status 413 for too large a body, else 400.
    """
    value = _decode(_text(body, max_bytes))
    if _deeper_than(value, max_depth):
        raise _too_deep(max_depth)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        problem = "the JSON text holds half of a surrogate pair where a whole character is required"
        raise UntrustedTextError(problem) from None
    return value


def kind(value: Json) -> str:
    """Name the kind of a JSON value with its article, for a sentence of an error."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def _text(body: bytes, max_bytes: int) -> str:
    """Check size and encoding. A ``str`` for the decoder, since it guesses the encoding of bytes."""
    if len(body) > max_bytes:
        raise UntrustedTextError(f"{len(body)} bytes of JSON where {max_bytes} are allowed", 413)
    if body.startswith(b"\xef\xbb\xbf"):
        raise UntrustedTextError("the JSON text starts with a byte order mark; UTF-8 without one is required")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"the JSON text is not UTF-8 from byte {error.start + 1} on"
        raise UntrustedTextError(problem) from None
    if not text.strip():
        raise UntrustedTextError("the JSON text is empty")
    return text


def _decode(text: str) -> Json:
    """Parse with the hooks below. ``from None`` throughout: a cause would carry the peer's text into logs."""
    try:
        value: Json = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        # Not error.msg: the decoder without C puts pieces of the text in there.
        problem = f"the text is not JSON from line {error.lineno}, column {error.colno} on"
        raise UntrustedTextError(problem) from None
    except RecursionError:
        raise UntrustedTextError("the JSON text is nested far too deep") from None
    return value


def _deeper_than(value: Json, max_depth: int) -> bool:
    """Tell whether arrays and objects nest deeper than ``max_depth``, level by level, without recursion."""
    level = _containers([value])
    for _ in range(max_depth):
        level = _containers(
            child for each in level for child in (each.values() if isinstance(each, dict) else each)
        )
    return bool(level)


def _containers(values: Iterable[Json]) -> list[list[Json] | dict[str, Json]]:
    return [value for value in values if isinstance(value, list | dict)]


def _too_deep(max_depth: int) -> UntrustedTextError:
    return UntrustedTextError(f"the JSON text is nested deeper than the {max_depth} levels that are allowed")


def _integer(digits: str) -> int:
    """
    Hold integers to the range of a double, 309 digits.

    ``float`` reads any number of digits in linear time. ``int`` takes the square of their number, raises
    ValueError above a limit that the environment can lift (PYTHONINTMAXSTRDIGITS), and its result would break
    the first ``float`` that it meets.
    """
    _fraction(digits)
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        problem = "the JSON text holds a number beyond 1.8e308, the largest that is allowed"
        raise UntrustedTextError(problem)
    return number


def _constant(_name: str) -> NoReturn:
    raise UntrustedTextError("the JSON text holds NaN or Infinity, which are not JSON")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Refuse two equal keys: peers and proxies differ in which of them counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UntrustedTextError("the JSON text holds an object with the same key twice")
    return found


_DECODER = json.JSONDecoder(
    parse_int=_integer, parse_float=_fraction, parse_constant=_constant, object_pairs_hook=_object
)
