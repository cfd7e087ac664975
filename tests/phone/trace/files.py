"""Traces as files, written and read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from echo.audio.format import AudioFormat
from echo.errors import PhoneError
from echo.phone.trace.form import Entry
from echo.phone.trace.reading import Trace
from echo.phone.trace.reading import read_trace as read_lines
from echo.phone.trace.writing import TraceWriter

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


def read_trace(path: Path) -> Trace:
    """Read a trace, with its entries in memory."""
    read = read_lines(path)
    return replace(read, entries=(*read.entries,))


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
