"""Tests of echo.phone.trace.writing: a call written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from echo.audio.format import RATES, AudioFormat
from echo.errors import PhoneError
from echo.phone.trace import writing
from echo.phone.trace.form import Entry, Payload
from echo.phone.trace.reading import Trace
from echo.phone.trace.writing import TraceWriter
from tests.phone.test_recording import full_at
from tests.phone.trace.files import AUDIO, ENTRIES, URL, read_trace, write


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


def test_a_full_trace_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its bound only the end of the call is written; that it is full is told by the writer and the reader."""
    for name, bound in (("MAX_LINES", 4), ("MAX_BYTES", 450)):
        monkeypatch.setattr(writing, name, bound)
        writer = TraceWriter(tmp_path / "x", URL, AUDIO)
        for index in range(50):
            writer.write(index * 0.02, "heard", "text", "x" * 40)
        writer.write(1.0, "event", "close", {"code": 1000})
        writer.close()
        monkeypatch.undo()

        read = read_trace(tmp_path / "x")
        *whole, full, close = read.entries
        assert [entry.kind for entry in whole] == ["text"] * 3
        assert (full.way, full.kind, full.at, close.kind) == ("event", "full", 0.06, "close")
        assert (tmp_path / "x").stat().st_size < 600
        assert (
            writer.note == f"{tmp_path}/x: the trace ends after 0.1 s: it may have 256 MiB or 1 000 000 lines"
        )
        assert (
            read.note == f"{tmp_path}/x: the trace was full after 0.1 s of the call, and is read up to there"
        )
