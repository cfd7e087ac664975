"""
How the text of one option becomes its value: durations, delays, numbers, keys, headers.

A parser takes the text as a person wrote it and returns the value, or raises :class:`ValueError` with one
sentence that names the text and says what is allowed. Scenario files use the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from echo.errors import UntrustedTextError
from echo.untrusted import Json, clean, parse_json

T = TypeVar("T")

#: No leg of a call lasts longer (Vonage, "Voice API": ``length_timer``).
LONGEST: Final = 24 * 3600.0

#: Enough of a wrong value to recognise it in a line of a terminal; and of the name of a file to find it.
_SHOWN_LENGTH: Final = 60
PATH_LENGTH: Final = 1024

#: How like a known word an unknown one must be (of 1) to be taken for a slip; of numbers the digits are alike anyway.
_NEAR: Final = 0.6
_NEAR_NUMBER: Final = 0.85

_NUMBER = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_SECONDS = re.compile(_NUMBER)
_DURATION = re.compile(
    rf"(?:(?P<h>{_NUMBER})h)?(?:(?P<m>{_NUMBER})m)?(?:(?P<s>{_NUMBER})s)?(?:(?P<ms>{_NUMBER})ms)?"
)
_LATENCY = re.compile(rf"(?P<number>{_NUMBER})(?P<unit>ms|s)?")
_ARRIVALS = re.compile(rf"(?P<number>{_NUMBER})(?:/(?P<unit>s|min|h))?")
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PER: Final = {"s": 1.0, "min": 60.0, "h": 3600.0}


def shown(text: str, limit: int = _SHOWN_LENGTH) -> str:
    """Give ``text`` as a person may see it: in quotes, escaped, and cut when it is longer than ``limit``."""
    return f"'{clean(text, limit)}'"


def is_text(text: str) -> bool:
    """Tell whether a word of the command line was UTF-8; of other bytes Python makes surrogates."""
    return not any("\ud800" <= each <= "\udfff" for each in text)


def meant(word: str, known: Iterable[str]) -> str:
    """Ask for the one of ``known`` that ``word`` is near to, as in ``; did you mean 'echo'?``, if there is one."""
    import difflib  # noqa: PLC0415  # 3 ms that only a mistake needs to cost

    found = difflib.get_close_matches(word.lower(), list(known), 1, _NEAR_NUMBER if word.isdigit() else _NEAR)
    return f"; did you mean '{found[0]}'?" if found else ""


def duration(text: str) -> float:
    """Parse how long something lasts, into seconds: ``5``, ``2.5s``, ``500ms``, ``1m30s``."""
    value = moment(text)
    if value == 0:
        raise ValueError(f"{shown(text)} is no time at all: write more than 0")
    return value


def moment(text: str) -> float:
    """Parse a time since the socket was opened, into seconds; written like a duration, and may be 0."""
    if _SECONDS.fullmatch(text):
        value = float(text)
    else:
        found = _DURATION.fullmatch(text)
        if found is None or not text:
            raise ValueError(f"{shown(text)} is no duration: write 5 or 2.5s, 500ms, 1m30s")
        value = sum(float(number) * _UNITS[unit] for unit, number in found.groupdict().items() if number)
    if value > LONGEST:
        raise ValueError(f"{shown(text)} is too long: a call lasts 24 hours at most")
    return value


def latency(text: str) -> float:
    """Parse a limit of a delay, into milliseconds: ``50ms``, ``0.05s``; a bare number is in milliseconds."""
    found = _LATENCY.fullmatch(text)
    if found is None:
        raise ValueError(f"{shown(text)} is no delay: write 50ms or 0.05s; a bare number is in ms")
    value = float(found["number"]) * (1000 if found["unit"] == "s" else 1)
    if value > LONGEST * 1000:
        raise ValueError(f"{shown(text)} is too long: a call lasts 24 hours at most")
    return value


def arrivals(text: str) -> float:
    """Parse how often calls begin, into calls a second: ``10/s``, ``90/min``; a bare number is a second's."""
    found = _ARRIVALS.fullmatch(text)
    value = float(found["number"]) / _PER[found["unit"] or "s"] if found else 0
    if not 0 < value <= 1000:
        raise ValueError(f"{shown(text)} is no rate of arrivals: write 10/s or 90/min, at most 1000/s")
    return value


def count(smallest: int, largest: int) -> Callable[[str], int]:
    """Make a parser of whole numbers from ``smallest`` to ``largest``."""

    def parse(text: str) -> int:
        # [0-9] as int() takes digits of all scripts; fewer of them than Python refuses to convert
        if re.fullmatch(r"[0-9]{1,18}", text) is None or not smallest <= int(text) <= largest:
            raise ValueError(f"{shown(text)} is not a whole number from {smallest} to {largest}")
        return int(text)

    return parse


def one_of(values: Sequence[T], what: str) -> Callable[[str], T]:
    """Make a parser that takes one of ``values``, as they are written; ``what`` says what they are."""
    known = {str(value): value for value in values}

    def parse(text: str) -> T:
        if text not in known:
            names = f"{', '.join([*known][:-1])} or {[*known][-1]}"
            raise ValueError(f"{shown(text)} is no {what}: write {names}{meant(text, known)}")
        return known[text]

    return parse


def tone(text: str) -> float:
    """Parse the frequency of a tone in hertz; above 12000 no rate of a call could carry it."""
    value = float(text) if _SECONDS.fullmatch(text) else 0
    if not 20 <= value < 12000:
        raise ValueError(f"{shown(text)} is no tone: write its frequency in hertz, from 20 to 12000")
    return value


def phone_number(text: str) -> str:
    """Parse a phone number, into its digits alone: so the provider writes them (E.164 without ``+``)."""
    digits = re.sub(r"[ ().-]", "", text).removeprefix("+")
    if re.fullmatch(r"[0-9]{3,15}", digits) is None:
        raise ValueError(f"{shown(text)} is no phone number: write 3 to 15 digits, as in 447700900123")
    return digits


def keys(text: str) -> tuple[float, str]:
    """Parse keys that are pressed, as in ``2.5:1234#``, into when the first one is, in seconds, and which."""
    at, colon, digits = text.partition(":")
    if not colon or re.fullmatch(r"[0-9*#]+", digits) is None:
        raise ValueError(f"{shown(text)} is no DTMF: write when and which keys (0-9 * #), as in 2.5:1234#")
    return moment(at), digits


def span(text: str) -> tuple[float, float]:
    """Parse from when to when, as in ``3-5``, into seconds."""
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError(f"{shown(text)} is no span of time: write from when to when, as in 3-5")
    begin, end = moment(first), moment(last)
    if begin >= end:
        raise ValueError(f"{shown(text)} ends before it has begun: write from when to when, as in 3-5")
    return begin, end


def path(text: str) -> str:
    """Parse the path of a file; whether it is there is found out by who opens it."""
    if not text or "\0" in text:
        raise ValueError(f"{shown(text)} is not the path of a file")
    if "://" in text:
        raise ValueError(f"{shown(text)} is a URL where the path of a file is required")
    if text.rpartition("/")[2] in {"", ".", ".."}:
        raise ValueError(f"{shown(text)} is a folder where the path of a file is required")
    return text


def header(text: str) -> tuple[str, Json]:
    """Parse one of the endpoint's headers, as in ``language=en-GB``; a value that is JSON keeps its kind."""
    name, sign, value = text.partition("=")
    if not sign or not name or not name.isprintable():
        raise ValueError(f"{shown(text)} is no header: write NAME=VALUE, as in language=en-GB")
    if name in {"event", "content-type"}:
        raise ValueError(f"{shown(text)}: the provider itself writes '{name}'; choose another name")
    if not is_text(value):
        raise ValueError(f"{shown(text)}: the value of a header is text in UTF-8")
    return name, _json_or_text(value)


def _json_or_text(text: str) -> Json:
    try:
        return parse_json(text.encode(), max_bytes=100_000)
    except UntrustedTextError as error:
        if text[:1] in {"{", "[", '"'}:
            raise ValueError(f"{shown(text)} begins like JSON but is none: {error}") from None
        return text


def authorization(text: str) -> str:
    """Parse what the Authorization header says (RFC 9110 section 5.5: visible characters and spaces)."""
    if re.fullmatch(r"[!-~]([ -~]{0,8189}[!-~])?", text) is None:
        raise ValueError("the value of a header is 1 to 8191 characters of ASCII, without spaces around")
    return text
