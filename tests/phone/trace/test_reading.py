"""Tests of echo.phone.trace.reading: a call that was written down, read again."""

from __future__ import annotations

import json
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.errors import PhoneError
from echo.phone.trace.form import MAX_LINE, WAYS, Entry
from echo.phone.trace.reading import Trace
from echo.phone.trace.reading import read_trace as read_lines
from echo.phone.trace.writing import TraceWriter
from tests.phone.trace.files import AUDIO, ENTRIES, HEADER, URL, lines, problem, read_trace, write

payloads = st.one_of(
    st.text(st.characters(codec="utf-8")).map(lambda text: ("text", text)),
    st.binary(max_size=2000).map(lambda audio: ("audio", audio)),
    st.dictionaries(
        st.text(st.characters(codec="utf-8")), st.none() | st.booleans() | st.integers(-9, 9)
    ).map(lambda data: ("event", data)),
    st.just(("ping", None)),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A trace read again has the same call and the same entries, to the microsecond."""
    assert read_trace(write(tmp_path / "x.jsonl", ENTRIES)) == Trace(URL, AUDIO, ENTRIES, None)


@given(st.lists(st.tuples(st.integers(0, 10**10), st.sampled_from(WAYS), payloads, st.integers(1, 9))))
def test_anything_can_be_written(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    """Whatever a peer sends, it is read again as it was."""
    entries = tuple(
        Entry(us / 10**6, way, kind, payload, pieces) for us, way, (kind, payload), pieces in rows
    )
    read = read_trace(write(tmp_path_factory.getbasetemp() / "any.jsonl", entries))
    assert [entry.at for entry in read.entries] == pytest.approx([entry.at for entry in entries])
    assert [(e.way, e.kind, e.payload, e.pieces) for e in read.entries] == [
        (e.way, e.kind, e.payload, e.pieces) for e in entries
    ]


@pytest.mark.parametrize("cut", [1, 10, 100, 700])
def test_a_line_that_a_crash_cut(tmp_path: Path, cut: int) -> None:
    """The trace is read up to there, and its note tells the line."""
    whole = write(tmp_path / "x", ENTRIES[:3])
    body = whole.read_bytes()
    whole.write_bytes(body[:-cut])
    read = read_trace(whole)
    if cut == 1:  # only the end of the line is missing
        assert (read.entries, read.note) == (ENTRIES[:3], None)
    else:
        assert read.entries == ENTRIES[:2]
        assert read.note == f"{whole}: line 4 is cut short, as by a crash; the trace is read up to there"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "x: line 1: the JSON text is empty"),
        (b'{"version": 1, "url": "ws://', "x: line 1: the text is not JSON from column 23 on"),
        (b"RIFF\xff\xff", "x: line 1: the JSON text is not UTF-8 from byte 5 on"),
        (b"[]\n", "x: line 1: the JSON text is an array where an object is required"),
        (b'{"action": "talk"}\n', 'x: line 1: "version": 1 is required; this is no trace, or one of another'),
        (b'{"version": 2, "more": 1}\n', 'x: line 1: "version": 1 is required; this is no trace, or one of'),
    ],
)
def test_files_that_are_no_trace(tmp_path: Path, content: bytes, told: str) -> None:
    """What is no trace is refused with its first line."""
    (tmp_path / "x").write_bytes(content)
    assert problem(tmp_path / "x").startswith(told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": None}, '"url": nothing where a string is required'),
        ({"url": 5}, '"url": a number where a string is required'),
        ({"rate": 44100}, '"rate": a number where one of 8000, 16000, 24000 is required'),
        ({"rate": 8000.0}, '"rate": a number where one of 8000, 16000, 24000 is required'),
        ({"rate": []}, '"rate": an array where one of 8000, 16000, 24000 is required'),
        ({"rate": 8000}, '"content-type": "audio/l16;rate=8000" is required, as of its rate'),
        ({"by": "me"}, '"by" is none of the keys: version, url, rate, content-type'),
    ],
)
def test_wrong_headers(tmp_path: Path, change: dict[str, object], told: str) -> None:
    """Each key of the first line is checked."""
    (tmp_path / "x").write_text(json.dumps({**HEADER, **change}) + "\n")
    assert problem(tmp_path / "x") == f"x: line 1: {told}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"at": None}, '"at": nothing where milliseconds from 0 is required'),
        ({"at": "5"}, '"at": a string where milliseconds from 0 is required'),
        ({"at": True}, '"at": true or false where milliseconds from 0 is required'),
        ({"at": -1}, '"at": a number where milliseconds from 0 is required'),
        ({"way": "out"}, '"way": a string where one of said, heard, event is required'),
        ({"way": ["said"]}, '"way": an array where one of said, heard, event is required'),
        ({"kind": ""}, '"kind": a string where a name is required'),
        ({"kind": None}, '"kind": nothing where a name is required'),
        ({"audio": "AAA"}, '"audio" is not base64'),
        ({"audio": "AA==\n"}, '"audio" is not base64'),
        ({"audio": "\u00e4AAA"}, '"audio" is not base64'),
        ({"audio": [0]}, '"audio": an array where a string is required'),
        ({"text": "hi"}, "text and audio stand in one line where one of them is allowed"),
        ({"kind": "text"}, '"text" or "left_out" is required in a line of the kind text'),
        ({"left_out": 5}, "audio and left_out stand in one line where one of them is allowed"),
        ({"pieces": 0}, '"pieces": a number where a whole number from 1 is required'),
        ({"pieces": 1.5}, '"pieces": a number where a whole number from 1 is required'),
        ({"pieces": True}, '"pieces": true or false where a whole number from 1 is required'),
        (
            {"\x1b[2J": 1},
            r'"\x1b[2J" is none of the keys: at, way, kind, text, audio, data, left_out, pieces',
        ),
    ],
)
def test_wrong_lines(tmp_path: Path, change: dict[str, object], told: str) -> None:
    """Each key of a line is checked, and the error names the line."""
    good = {"at": 20.5, "way": "said", "kind": "audio", "audio": "AAA="}
    rows = (json.dumps(row).encode() for row in (good, good, {**good, **change}, good))
    assert problem(lines(tmp_path / "x", *rows)) == f"x: line 4: {told}"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"", "the JSON text is empty"),
        (b"{'at': 1}", "the text is not JSON from column 2 on"),
        (b'{"at": 1, "at": 2}', "the JSON text holds an object with the same key twice"),
        (b'{"at": NaN}', "the JSON text holds NaN or Infinity, which are not JSON"),
        (b'{"at":1,"way":"event","kind":"close","data":"x"}', '"data": a string where an object is required'),
        (b'{"at":1,"way":"event","kind":"x","text":{}}', '"text": an object where a string is required'),
        (
            b'{"at":1,"way":"said","kind":"audio"}',
            '"audio" or "left_out" is required in a line of the kind audio',
        ),
        (b" " * MAX_LINE + b"{}", "1048577 bytes of JSON where 1048576 are allowed"),
    ],
)
def test_lines_that_are_none(tmp_path: Path, line: bytes, told: str) -> None:
    """Bad JSON, and JSON of another shape, are refused; so is a line too long, without being read whole."""
    assert problem(lines(tmp_path / "x", line, b"")) == f"x: line 2: {told}"


def test_a_last_line_too_long_is_no_crash(tmp_path: Path) -> None:
    """A file without lines is refused, not taken for one that was cut."""
    assert problem(lines(tmp_path / "x", b"x" * 2**21)).startswith("x: line 2: 1048577 bytes of JSON")


def test_places(tmp_path: Path) -> None:
    """A file that cannot be read or written is told as one sentence."""
    assert problem(tmp_path / "no") == "no: this trace cannot be read: No such file or directory"
    assert problem(tmp_path) == f"{tmp_path.name}: this trace cannot be read: Is a directory"
    assert problem(tmp_path / "a\0b") == r"a\x00b: a file cannot have this name"
    with pytest.raises(PhoneError, match="x: this file cannot be written: No such file or directory"):
        TraceWriter(tmp_path / "no/x", URL, AUDIO)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PhoneError, match="pipe: a regular file is required to write to"):
        TraceWriter(tmp_path / "pipe", URL, AUDIO)


def test_only_what_is_wanted_is_given(tmp_path: Path) -> None:
    """All lines are checked, and those that nobody wants cost nothing; what is given is given again."""
    read = read_lines(write(tmp_path / "x", ENTRIES), lambda entry: entry.way == "said")
    for _ in range(2):
        assert list(read.entries) == [entry for entry in ENTRIES if entry.way == "said"]


def test_a_long_trace_fills_no_memory(tmp_path: Path) -> None:
    """32 MB of lines are read, and gone through, with some hundred kB."""
    body = write(tmp_path / "x", ENTRIES[:1]).read_bytes()
    line = json.dumps({"at": 1.0, "way": "said", "kind": "text", "text": "x" * 32000}).encode() + b"\n"
    (tmp_path / "x").write_bytes(body + line * 1000)
    tracemalloc.start()
    read = read_lines(tmp_path / "x")
    count = sum(1 for _ in read.entries)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 1001
    assert peak < 2 * 2**20


def test_a_trace_that_changes_is_told(tmp_path: Path) -> None:
    """One that was written over, or is gone, between the look at it and the call."""
    read = read_lines(write(tmp_path / "x", ENTRIES))
    (tmp_path / "x").write_bytes(b"other")
    for _ in range(2):
        with pytest.raises(PhoneError, match="x: this trace has changed since it was looked at"):
            list(read.entries)
        (tmp_path / "x").unlink(missing_ok=True)


def test_a_trace_comes_by_a_pipe(tmp_path: Path) -> None:
    """What can be read once only is kept, and can be gone through again."""
    os.mkfifo(tmp_path / "pipe")
    body = write(tmp_path / "x", ENTRIES).read_bytes()
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(body,))
    writer.start()
    read = read_lines(tmp_path / "pipe")
    writer.join()

    assert [*read.entries] == [*read.entries] == list(ENTRIES)
