"""What was heard and said, as WAV files."""

from __future__ import annotations

import io
import os
import resource
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import soundfile  # type: ignore[import-untyped]

from echo.audio.format import RATES, AudioFormat
from echo.audio.signal import Numbered
from echo.errors import PhoneError
from echo.phone import recording
from echo.phone.recording import Output, Recording, said_path

AUDIO = AudioFormat(8000)
A_SECOND = AUDIO.bytes_per_second


def audio_of(path: Path) -> bytes:
    """The audio of a WAV file, read by the standard library; its lengths must agree with the file's size."""
    body = path.read_bytes()
    assert int.from_bytes(body[4:8], "little") == len(body) - 8
    with wave.open(io.BytesIO(body)) as file:
        frames: bytes = file.readframes(file.getnframes())
        return frames


@contextmanager
def full_at(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond ``size``, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("rate", RATES)
def test_both_files_hold_what_was_given(tmp_path: Path, rate: int) -> None:
    """Heard and said audio come back from the files to the bit, in the call's format."""
    audio = AudioFormat(rate)
    heard, said = (b"".join(map(Numbered(audio, call).frame, range(127))) for call in (1, 2))
    record = Recording(tmp_path / "heard.wav", audio)
    for at in range(0, len(heard), audio.frame_bytes):
        record.heard(heard[at : at + audio.frame_bytes])
        record.said(at / audio.bytes_per_second, said[at : at + audio.frame_bytes])
    record.close()
    assert audio_of(tmp_path / "heard.wav") == heard
    assert audio_of(tmp_path / "said.wav") == said
    about = soundfile.info(str(tmp_path / "heard.wav"))
    assert (about.samplerate, about.channels, about.subtype) == (rate, 1, "PCM_16")


def test_the_files_are_valid_at_any_time(tmp_path: Path) -> None:
    """Seen from outside the file is a whole WAV file after each frame, at most a second behind."""
    record = Recording(tmp_path / "heard.wav", AUDIO)
    signal = Numbered(AUDIO)
    given = b""
    for index in range(160):
        assert given.startswith(seen := audio_of(tmp_path / "heard.wav"))
        assert len(given) - len(seen) < A_SECOND
        given += signal.frame(index)
        record.heard(signal.frame(index))
    record.close()
    assert audio_of(tmp_path / "heard.wav") == given
    assert audio_of(tmp_path / "said.wav") == b""


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("heard.wav", "said.wav"),
        ("a/b/x.wav", "a/b/said.wav"),
        ("noend", "said.wav"),
        ("said.wav", "heard-said.wav"),
        ("a/SAID.wav", "a/heard-said.wav"),
    ],
)
def test_what_is_said_stands_beside(heard: str, said: str) -> None:
    """The second file is said.wav in the same folder, unless the first has that name."""
    assert said_path(heard) == Path(said)


@pytest.mark.parametrize("rate", RATES)
def test_what_is_said_stands_at_its_time(tmp_path: Path, rate: int) -> None:
    """Between two words there is as much silence as there was in the call, however long: to the sample."""
    audio = AudioFormat(rate)
    one, two, three = (bytes([number]) * audio.frame_bytes for number in (1, 2, 3))
    record = Recording(tmp_path / "heard.wav", audio)
    record.said(0.0, one)
    record.said(0.1, two)
    record.said(3.5, three)
    record.close()

    gaps = bytes(4 * audio.frame_bytes), bytes(169 * audio.frame_bytes)
    assert audio_of(tmp_path / "said.wav") == one + gaps[0] + two + gaps[1] + three


def test_what_is_said_too_soon_waits(tmp_path: Path) -> None:
    """A burst is written one frame behind the other, and a pause makes up for it; half a sample is left out."""
    record = Recording(tmp_path / "heard.wav", AUDIO)
    for at, said in ((0.0, b"1" * 320), (0.0, b"2" * 321), (0.0, b"3"), (0.06, b"4" * 320)):
        record.said(at, said)
    record.close()

    assert audio_of(tmp_path / "said.wav") == b"1" * 320 + b"2" * 320 + bytes(320) + b"4" * 320


def test_old_files_are_replaced(tmp_path: Path) -> None:
    """Of what stood in the file before nothing is left."""
    (tmp_path / "heard.wav").write_bytes(b"x" * 100_000)
    Recording(tmp_path / "heard.wav", AUDIO).close()
    assert audio_of(tmp_path / "heard.wav") == b""


def test_closing_twice_is_once(tmp_path: Path) -> None:
    """A second close, and frames after the first, change nothing."""
    record = Recording(tmp_path / "heard.wav", AUDIO)
    record.heard(b"\1" * 320)
    record.close()
    record.heard(b"\2" * 320)
    record.close()
    assert audio_of(tmp_path / "heard.wav") == b"\1" * 320


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no/heard.wav", "no/heard.wav: this file cannot be written: No such file or directory"),
        ("folder", "folder: a regular file is required to write to"),
        ("pipe", "pipe: a regular file is required to write to"),
        ("x" * 300, ": this file cannot be written: File name too long"),
        ("a\0b", r"a\x00b: a file cannot have this name"),
        ("blocked/heard.wav", "blocked/said.wav: a regular file is required to write to"),
    ],
)
def test_places_where_nothing_can_be_written(tmp_path: Path, name: str, told: str) -> None:
    """A place that cannot be written is told before the call, in one sentence, and no file stays open."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "blocked/said.wav").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PhoneError) as caught:
        Recording(tmp_path / name, AUDIO)
    assert str(caught.value).endswith(told)


def test_a_full_disk_is_told_at_the_end(tmp_path: Path) -> None:
    """The call goes on, what was written stays a valid file, and closing tells of the first error, once."""
    record = Recording(tmp_path / "heard.wav", AUDIO)
    frame = Numbered(AUDIO).frame
    with full_at(44 + A_SECOND * 5 // 2):
        for index in range(200):
            record.heard(frame(index))
            record.said(index / 50, frame(index))
        with pytest.raises(PhoneError) as caught:
            record.close()
    assert str(caught.value).endswith("heard.wav: not all of it could be written: File too large")
    for name in ("heard.wav", "said.wav"):
        with wave.open(str(tmp_path / name)) as file:
            assert file.readframes(10**6) == b"".join(map(frame, range(100)))
    record.close()


def test_a_disk_too_full_for_a_header(tmp_path: Path) -> None:
    """Even when nothing at all can be written, the call is told of it at its end only."""
    with full_at(0):
        record = Recording(tmp_path / "heard.wav", AUDIO)
        for index in range(60):
            record.heard(Numbered(AUDIO).frame(index))
        with pytest.raises(PhoneError, match="File too large"):
            record.close()
    assert (tmp_path / "heard.wav").read_bytes() == b""


def test_the_second_file_alone_fails(tmp_path: Path) -> None:
    """An error in what is said is told as well, and what is heard is whole."""
    record = Recording(tmp_path / "heard.wav", AUDIO)
    with full_at(44 + A_SECOND):
        for index in range(100):
            record.said(index / 50, Numbered(AUDIO).frame(index))
        record.heard(bytes(320))
        with pytest.raises(PhoneError, match=r"said\.wav: not all of it"):
            record.close()
    assert audio_of(tmp_path / "heard.wav") == bytes(320)


def test_the_longest_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A WAV file ends at 4 GB; what would go beyond is left out and told. Here it ends at 3 s."""
    assert 0xFFFFFFFF - 36 - 46 <= recording.MAX_BYTES <= 0xFFFFFFFF - 36
    assert recording.MAX_BYTES % 2 == 0
    monkeypatch.setattr(recording, "MAX_BYTES", A_SECOND * 3)
    record = Recording(tmp_path / "heard.wav", AUDIO)
    for index in range(200):
        record.heard(Numbered(AUDIO).frame(index))
    with pytest.raises(PhoneError, match="not all of it could be written: a WAV file can be no longer"):
        record.close()
    assert len(audio_of(tmp_path / "heard.wav")) == A_SECOND * 3


def test_a_header_that_cannot_be_mended(tmp_path: Path) -> None:
    """An error while writing over the beginning is kept for the end, as others are."""
    output = Output(tmp_path / "x")
    with full_at(0):
        output.replace(b"head")
    output.append(b"more")
    with pytest.raises(PhoneError, match="x: not all of it could be written: File too large"):
        output.close()
    assert (tmp_path / "x").read_bytes() == b""


def test_an_error_of_closing_is_told(tmp_path: Path) -> None:
    """Where a file system tells at the end only that it is full, it is told; here the descriptor is gone."""
    output = Output(tmp_path / "x")
    os.close(output._file.fileno())
    with pytest.raises(PhoneError, match="x: not all of it could be written: Bad file descriptor"):
        output.close()
