"""A call written down, and read again."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.audio.format import RATES, AudioFormat
from echo.errors import PhoneError
from echo.phone import trace
from echo.phone.trace import WAYS, Entry, Payload, Trace, TraceWriter, read_trace
from tests.phone.test_recording import full_at

AUDIO = AudioFormat(16000)
URL = "ws://127.0.0.1:8000/socket?a=b"
HEADER = {"version": 1, "url": URL, "rate": 16000, "content-type": "audio/l16;rate=16000"}
ENTRIES = (
    Entry(0.0, "event", "open"),
    Entry(0.001, "said", "text", '{"event":"websocket:connected"} \u00e4\U0001f600\n\x1b[31m'),
    Entry(0.02, "said", "audio", bytes(range(256)) * 2),
    Entry(0.0405, "heard", "audio", b"\0" * 1280, pieces=2),
    Entry(1.5, "heard", "audio", b""),
    Entry(2.0, "heard", "text", ""),
    Entry(9.000001, "event", "close", {"code": 1000, "headers": {"a": ["b", None]}}),
)

payloads = st.one_of(
    st.text(st.characters(codec="utf-8")).map(lambda text: ("text", text)),
    st.binary(max_size=2000).map(lambda audio: ("audio", audio)),
    st.dictionaries(
        st.text(st.characters(codec="utf-8")), st.none() | st.booleans() | st.integers(-9, 9)
    ).map(lambda data: ("event", data)),
    st.just(("ping", None)),
)


def write(path: Path, entries: tuple[Entry, ...]) -> Path:
    """Write a trace."""
    writer = TraceWriter(path, URL, AUDIO)
    for entry in entries:
        writer.write(entry.at, entry.way, entry.kind, entry.payload, entry.pieces)
    writer.close()
    return path


def lines(path: Path, *more: bytes) -> Path:
    """Write a header and these lines by hand."""
    path.write_bytes(b"\n".join([json.dumps(HEADER).encode(), *more]))
    return path


def problem(path: Path) -> str:
    """The sentence of the error that reading raises, from the name of the file on."""
    with pytest.raises(PhoneError) as caught:
        read_trace(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence.removeprefix(f"{path.parent}/")


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


@pytest.mark.parametrize("rate", RATES)
def test_the_header(tmp_path: Path, rate: int) -> None:
    """The first line tells version, URL and format; every line is a JSON object of printable ASCII."""
    TraceWriter(tmp_path / "x", URL, AudioFormat(rate)).close()
    form = {"rate": rate, "content-type": f"audio/l16;rate={rate}"}
    assert json.loads((tmp_path / "x").read_text()) == {"version": 1, "url": URL, **form}
    assert read_trace(tmp_path / "x") == Trace(URL, AudioFormat(rate), (), None)


def test_the_form_of_the_lines(tmp_path: Path) -> None:
    """Times are milliseconds, audio is base64, and nothing in a line can move a cursor."""
    body = write(tmp_path / "x", ENTRIES).read_bytes()
    assert all(0x20 <= byte < 0x7F or byte == 0x0A for byte in body)
    rows = [json.loads(line) for line in body.splitlines()[1:]]
    assert rows[0] == {"at": 0, "way": "event", "kind": "open"}
    assert rows[3] == {"at": 40.5, "way": "heard", "kind": "audio", "pieces": 2, "audio": rows[3]["audio"]}
    assert rows[4] == {"at": 1500, "way": "heard", "kind": "audio", "audio": ""}
    assert rows[6]["data"] == {"code": 1000, "headers": {"a": ["b", None]}}


def test_each_line_is_there_at_once(tmp_path: Path) -> None:
    """What was written can be read before the trace is closed: a crash loses nothing of it."""
    writer = TraceWriter(tmp_path / "x", URL, AUDIO)
    for count, entry in enumerate(ENTRIES, 1):
        writer.write(entry.at, entry.way, entry.kind, entry.payload, entry.pieces)
        assert read_trace(tmp_path / "x").entries == ENTRIES[:count]
    writer.close()
    writer.close()


@pytest.mark.parametrize(
    ("kind", "payload", "size"),
    [
        ("audio", bytes(10**6), 10**6),
        ("text", "\U0001f600" * 10**5, 10**5),
        ("close", {"a": "b" * 2**20}, None),
    ],
)
def test_a_message_too_large_for_a_line(
    tmp_path: Path, kind: str, payload: Payload, size: int | None
) -> None:
    """Its size stands for it, and the trace can be read."""
    write(tmp_path / "x", (Entry(1.0, "heard", kind, payload, pieces=3), ENTRIES[0]))
    (large, following) = read_trace(tmp_path / "x").entries
    assert (large.at, large.kind, large.payload, large.pieces) == (1.0, kind, None, 3)
    assert large.left_out == size or (size is None and large.left_out > 2**20)
    assert following == ENTRIES[0]


def test_the_largest_message_that_fits(tmp_path: Path) -> None:
    """780 kB of audio are kept whole."""
    (entry,) = read_trace(write(tmp_path / "x", (Entry(0.0, "heard", "audio", bytes(780_000)),))).entries
    assert entry.payload == bytes(780_000)


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


def test_a_full_disk_is_told_at_the_end(tmp_path: Path) -> None:
    """The call goes on, closing tells of it, and what was written can be read."""
    writer = TraceWriter(tmp_path / "x", URL, AUDIO)
    with full_at(2000):
        for index in range(10):
            writer.write(index, "said", "audio", bytes(640))
        with pytest.raises(PhoneError, match="x: not all of it could be written: File too large"):
            writer.close()
    read = read_trace(tmp_path / "x")
    assert [entry.at for entry in read.entries] == [0.0, 1.0]
    assert read.note is not None


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
        (b" " * trace.MAX_LINE + b"{}", "1048577 bytes of JSON where 1048576 are allowed"),
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


def test_a_line_costs_little(tmp_path: Path) -> None:
    """Writing a frame takes far less than the 10 ms there are for it: half a millisecond in the median."""
    writer = TraceWriter(tmp_path / "x", URL, AUDIO)
    costs = []
    for index in range(500):
        began = time.perf_counter()
        writer.write(index * 0.02, "said", "audio", bytes(640))
        costs.append(time.perf_counter() - began)
    writer.close()
    assert sorted(costs)[250] < 0.0005
