"""How the text of an option becomes its value, and how it says no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.phone import words

RIGHT: list[tuple[Callable[[str], Any], str, object]] = [
    (words.duration, "5", 5.0),
    (words.duration, "2.5", 2.5),
    (words.duration, ".5", 0.5),
    (words.duration, "2.5s", 2.5),
    (words.duration, "500ms", 0.5),
    (words.duration, "1m30s", 90.0),
    (words.duration, "2m", 120.0),
    (words.duration, "1h", 3600.0),
    (words.duration, "1h1m1s100ms", 3661.1),
    (words.duration, "24h", 86400.0),
    (words.moment, "0", 0.0),
    (words.moment, "0s", 0.0),
    (words.latency, "50", 50.0),
    (words.latency, "50ms", 50.0),
    (words.latency, "0.05s", 50.0),
    (words.latency, "0", 0.0),
    (words.arrivals, "10/s", 10.0),
    (words.arrivals, "10", 10.0),
    (words.arrivals, "90/min", 1.5),
    (words.arrivals, "3600/h", 1.0),
    (words.arrivals, "0.5/s", 0.5),
    (words.count(1, 9), "1", 1),
    (words.count(1, 9), "09", 9),
    (words.one_of((8000, 16000), "rate"), "8000", 8000),
    (words.one_of(("echo", "speech"), "thing"), "echo", "echo"),
    (words.tone, "440", 440.0),
    (words.tone, "20", 20.0),
    (words.phone_number, "447700900123", "447700900123"),
    (words.phone_number, "+44 7700 900-123", "447700900123"),
    (words.phone_number, "(020) 7946.0000", "02079460000"),
    (words.keys, "2.5:1234#", (2.5, "1234#")),
    (words.keys, "500ms:*", (0.5, "*")),
    (words.keys, "0:0", (0.0, "0")),
    (words.span, "3-5", (3.0, 5.0)),
    (words.span, "500ms-1m", (0.5, 60.0)),
    (words.path, "-", "-"),
    (words.path, "a b.wav", "a b.wav"),
    (words.header, "language=en-GB", ("language", "en-GB")),
    (words.header, "age=40", ("age", 40)),
    (words.header, 'age="40"', ("age", "40")),
    (words.header, "on=true", ("on", True)),
    (words.header, "none=null", ("none", None)),
    (words.header, 'a={"b":[1,2]}', ("a", {"b": [1, 2]})),
    (words.header, "empty=", ("empty", "")),
    (words.header, "sum=1+1=2", ("sum", "1+1=2")),
    (words.header, "number=0044", ("number", "0044")),
    (words.authorization, "vonage", "vonage"),
    (words.authorization, "Bearer abc.def", "Bearer abc.def"),
    (words.authorization, "x", "x"),
]

NO_DURATION = "is no duration: write 5 or 2.5s, 500ms, 1m30s"
NO_LATENCY = "is no delay: write 50ms or 0.05s; a bare number is in ms"
NO_ARRIVALS = "is no rate of arrivals: write 10/s or 90/min, at most 1000/s"
NO_SPAN = "is no span of time: write from when to when, as in 3-5"
NO_DTMF = "is no DTMF: write when and which keys (0-9 * #), as in 2.5:1234#"
NO_NUMBER = "is no phone number: write 3 to 15 digits, as in 447700900123"
NO_TONE = "is no tone: write its frequency in hertz, from 20 to 12000"

WRONG: list[tuple[Callable[[str], Any], str, str]] = [
    *(
        (words.duration, text, f"'{text}' {NO_DURATION}")
        for text in ("", "abc", "-1", "5 s", "1s1m", "1e3", "s")
    ),
    (words.duration, "\u0665", f"'\\u0665' {NO_DURATION}"),
    (words.duration, "0", "'0' is no time at all: write more than 0"),
    (words.duration, "0ms", "'0ms' is no time at all: write more than 0"),
    (words.duration, "25h", "'25h' is too long: a call lasts 24 hours at most"),
    (words.duration, "9" * 400, "a call lasts 24 hours at most"),
    *((words.latency, text, f"'{text}' {NO_LATENCY}") for text in ("", "-5", "5m", "50 ms", "nan", "inf")),
    (words.latency, "90000s", "'90000s' is too long"),
    *(
        (words.arrivals, text, f"'{text}' {NO_ARRIVALS}")
        for text in ("", "0", "10/day", "1001", "x/s", "-1/s")
    ),
    (words.count(1, 9), "0", "'0' is not a whole number from 1 to 9"),
    (words.count(1, 9), "10", "'10' is not a whole number from 1 to 9"),
    (words.count(1, 9), "1.5", "'1.5' is not a whole number from 1 to 9"),
    (words.count(1, 9), "\u0663", "is not a whole number from 1 to 9"),
    (words.count(0, 9), "9" * 5000, "is not a whole number from 0 to 9"),
    (words.one_of((8000, 16000, 24000), "rate"), "44100", "'44100' is no rate: write 8000, 16000 or 24000"),
    (words.one_of((8000, 16000), "rate"), "1600", "did you mean '16000'?"),
    (words.one_of(("echo", "speech"), "thing"), "ehco", "write echo or speech; did you mean 'echo'?"),
    *((words.tone, text, f"'{text}' {NO_TONE}") for text in ("", "19", "12000", "440Hz", "-440", "nan")),
    *(
        (words.phone_number, text, f"'{text}' {NO_NUMBER}")
        for text in ("", "12", "1" * 16, "alice", "++44123")
    ),
    *((words.keys, text, f"'{text}' {NO_DTMF}") for text in ("1234", "2:", "2:12a", "2.5:1 2")),
    (words.keys, "x:1", f"'x' {NO_DURATION}"),
    (words.span, "3", f"'3' {NO_SPAN}"),
    (words.span, "5-3", "'5-3' ends before it has begun"),
    (words.span, "3-3", "'3-3' ends before it has begun"),
    (words.span, "3-", f"'' {NO_DURATION}"),
    (words.path, "", "'' is not the path of a file"),
    (words.path, "a\0b", "is not the path of a file"),
    (words.path, "http://h/", "'http://h/' is a URL where the path of a file is required"),
    *(
        (words.path, text, f"'{text}' is a folder where the path of a file is required")
        for text in (".", "/", "a/", "a/.", "a/..")
    ),
    *((words.header, text, f"'{text}' is no header: write NAME=VALUE") for text in ("", "language", "=en")),
    (words.header, "a\nb=1", "'a\\nb=1' is no header"),
    (words.header, "event=x", "'event=x': the provider itself writes 'event'; choose another name"),
    (words.header, "content-type=x", "the provider itself writes 'content-type'"),
    (words.header, "a={b}", "'{b}' begins like JSON but is none: "),
    (words.header, "a=[1,]", "begins like JSON but is none"),
    (words.header, "a=\udcff", "'a=\\xff': the value of a header is text in UTF-8"),
    (words.header, 'a="x', "begins like JSON but is none"),
    *(
        (words.authorization, text, "is 1 to 8191 characters of ASCII")
        for text in ("", " x", "x ", "a\r\nb", "\u00e9", "x" * 8192)
    ),
]


@pytest.mark.parametrize(("parse", "text", "value"), RIGHT)
def test_a_value_is_understood(parse: Callable[[str], Any], text: str, value: object) -> None:
    """What is allowed gives its value, of its kind."""
    found = parse(text)
    assert (found, type(found)) == (pytest.approx(value) if isinstance(value, float) else value, type(value))


@pytest.mark.parametrize(("parse", "text", "sentence"), WRONG)
def test_a_wrong_value_is_refused(parse: Callable[[str], Any], text: str, sentence: str) -> None:
    """What is not allowed gives one sentence of visible ASCII that names it and what is allowed."""
    with pytest.raises(ValueError, match=r"^.") as caught:
        parse(text)
    told = str(caught.value)
    assert sentence in told
    assert told.isascii()
    assert told.isprintable()
    assert len(told) < 250


def test_a_long_wrong_value_is_cut() -> None:
    """A value of any length gives a line that a terminal can show."""
    with pytest.raises(ValueError, match=r"x \.\.\. \(\+9940 characters\)"):
        words.duration("x" * 10_000)


def test_nothing_is_meant_by_what_is_near_to_nothing() -> None:
    """Who is far from all known words is asked nothing."""
    assert words.meant("zzzz", ["call", "check"]) == ""
    assert words.meant("CALL", ["call", "check"]) == "; did you mean 'call'?"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("SPEACH", "; did you mean 'speech'?"),
        ("1600", "; did you mean '16000'?"),
        ("44100", ""),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_only_near_words_are_meant(word: str, hint: str) -> None:
    """A slip is told from another word, and from another number, whose digits are alike by chance."""
    assert words.meant(word, ["speech", "echo", "silence", "16000", "24000"]) == hint


ANY = st.text(max_size=60) | st.text("0123456789.:-=/hmsini*#+ {}[]\"'", max_size=20)


BOUNDS: list[tuple[Callable[[str], float], float]] = [
    (words.duration, words.LONGEST),
    (words.moment, words.LONGEST),
    (words.latency, words.LONGEST * 1000),
    (words.arrivals, 1000),
    (words.tone, 12000),
    (words.count(1, 500), 500),
]


@given(st.sampled_from(BOUNDS), ANY)
def test_a_number_is_within_its_bounds(bound: tuple[Callable[[str], float], float], text: str) -> None:
    """Whatever is written: it is refused in one line, or becomes a number that the phone can work with."""
    parse, largest = bound
    try:
        value = parse(text)
    except ValueError as refused:
        assert str(refused).isprintable()
    else:
        assert 0 <= value <= largest


@given(
    st.sampled_from(
        [words.keys, words.span, words.path, words.header, words.phone_number, words.authorization]
    ),
    ANY,
)
def test_what_is_wrong_is_told_in_one_line(parse: Callable[[str], Any], text: str) -> None:
    """Whatever is written: it is taken, or refused by one line of a ValueError."""
    try:
        parse(text)
    except ValueError as refused:
        assert str(refused).isprintable()
