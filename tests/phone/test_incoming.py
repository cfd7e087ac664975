"""Tests of echo.phone.incoming: pipes that nobody writes to yet."""

from __future__ import annotations

import os
import threading
from io import BufferedReader
from pathlib import Path

import pytest

from echo.phone import incoming
from echo.phone.incoming import open_file


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a named pipe without a writer, for which the phone is impatient."""
    monkeypatch.setattr(incoming, "PATIENCE_MS", 1)
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_pipe_without_a_writer_is_waited_for_aloud(pipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever waits is told for what; then all that comes is read, to the end."""
    told = threading.Event()

    class Told:
        def write(self, text: str) -> None:
            assert text == f"waiting for what comes through the pipe {pipe} ...\n"
            told.set()

    def write() -> None:
        assert told.wait(20)
        pipe.write_bytes(b"x" * 100_000)

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", Told())
        with BufferedReader(open_file(pipe)) as file:
            assert len(file.read()) == 100_000
    writer.join()
    assert capsys.readouterr().err == ""


def test_a_pipe_with_something_in_it_is_read_at_once(pipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody has to wait nothing is said."""
    both = os.open(pipe, os.O_RDWR)
    os.write(both, b"12")
    with open_file(pipe) as file:
        assert file.read(10) == b"12"
    os.close(both)
    assert capsys.readouterr().err == ""


def test_a_file_is_opened_as_usual(tmp_path: Path) -> None:
    """A file is read; a folder and what is not there are the errors that they always are."""
    (tmp_path / "file").write_bytes(b"12")
    with open_file(str(tmp_path / "file")) as file:
        assert file.read() == b"12"
        assert os.get_blocking(file.fileno())
    with pytest.raises(IsADirectoryError):
        open_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "none")
