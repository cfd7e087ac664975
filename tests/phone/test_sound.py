"""Audio from files and from a pipe, as frames of the call."""

from __future__ import annotations

import io
import os
import pty
import random
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from echo import soundfiles
from echo.audio.format import RATES, AudioFormat
from echo.audio.level import level
from echo.audio.signal import Frames, Numbered
from echo.errors import PhoneError
from echo.phone import sound
from echo.phone.sound import AHEAD_SECONDS, Piped, load, pipe_of

AUDIO = AudioFormat(16000)
FRAME = AUDIO.frame_bytes

Floats = NDArray[np.float64]


def sine(hz: float, rate: int, seconds: float = 1.0, peak: float = 0.5) -> Floats:
    """Make a sine."""
    wave: Floats = peak * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)
    return wave


def said(frames: Frames, limit: int = 100_000) -> bytes:
    """All that is said until the end."""
    joined = bytearray()
    for index in range(limit):
        frame = frames.frame(index)
        if frame is None:
            return bytes(joined)
        joined += frame
    raise AssertionError("no end")


def middle(pcm: bytes, rate: int) -> Floats:
    """The samples as floats, without 0.1 s at each end, where filters begin and end."""
    wave = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
    return wave[rate // 10 : -rate // 10]


def strongest(wave: Floats, rate: int) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(np.argmax(spectrum)) * rate / len(wave)


def write(path: Path, wave: Floats, rate: int, form: str = "WAV", subtype: str = "PCM_16") -> Path:
    """Write an audio file."""
    soundfile.write(path, wave, rate, format=form, subtype=subtype)
    return path


def wav(pcm: bytes, rate: int = 16000, size: int | None = None, channels: int = 1) -> bytes:
    """Write a WAV file of 16 bit by hand; ``size`` is what its header says of the length."""
    size = len(pcm) if size is None else size
    total = min(size + 36, 0xFFFFFFFF)
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    return (
        b"RIFF"
        + struct.pack("<I", total)
        + b"WAVEfmt \x10\0\0\0"
        + form
        + b"data"
        + struct.pack("<I", size)
        + pcm
    )


def problem(path: str | Path) -> str:
    """The sentence of the error that loading raises."""
    with pytest.raises(PhoneError) as caught:
        load(path, AUDIO)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


class TestFiles:
    """Audio files."""

    @pytest.mark.parametrize("rate", RATES)
    def test_the_calls_own_format_is_taken_bit_by_bit(self, tmp_path: Path, rate: int) -> None:
        """A mono file of 16 bit at the call's rate comes out as it is, the extreme samples too."""
        pcm = struct.pack("<4h", -32768, 32767, 0, -1) + random.Random(1).randbytes(rate * 3)
        (tmp_path / "x.wav").write_bytes(wav(pcm, rate))
        audio = AudioFormat(rate)
        frames = load(tmp_path / "x.wav", audio)
        assert said(frames) == pcm.ljust(len(frames) * audio.frame_bytes, b"\0")

    @pytest.mark.parametrize("rate", RATES)
    @pytest.mark.parametrize("file_rate", [8000, 11025, 22050, 44100, 48000, 96000])
    def test_a_tone_keeps_its_level_frequency_and_length(
        self, tmp_path: Path, file_rate: int, rate: int
    ) -> None:
        """After resampling 1 kHz is 1 kHz, its level within 0.02 dB, the rest 75 dB below, and no time is lost."""
        path = write(tmp_path / "x.wav", sine(1000, file_rate, 2), file_rate)
        pcm = said(load(path, AudioFormat(rate)))
        wave = middle(pcm, rate)
        assert len(pcm) == 2 * 2 * rate
        assert strongest(wave, rate) == pytest.approx(1000, abs=1)
        assert level((wave * 32768).astype("<i2").tobytes()) == pytest.approx(-9.03, abs=0.02)
        at = (np.arange(len(wave)) + rate // 10) / rate
        residue = wave - 0.5 * np.sin(2 * np.pi * 1000 * at)
        assert float(np.sqrt(np.mean(residue**2))) < 10 ** (-85 / 20)

    @pytest.mark.parametrize(("rate", "hz"), [(8000, 4400), (8000, 7000), (16000, 9000), (24000, 13000)])
    def test_what_the_rate_cannot_hold_is_filtered_out(self, tmp_path: Path, rate: int, hz: int) -> None:
        """A tone above half the rate is gone, rather than folded back to another frequency."""
        path = write(tmp_path / "x.wav", sine(hz, 44100), 44100, subtype="FLOAT")
        wave = middle(said(load(path, AudioFormat(rate))), rate)
        assert float(np.max(np.abs(wave))) <= 1 / 32768

    @pytest.mark.parametrize(
        ("form", "subtype", "tolerance"),
        [
            ("WAV", "PCM_U8", 0.0079),
            ("WAV", "PCM_24", 0),
            ("WAV", "PCM_32", 0),
            ("WAV", "FLOAT", 0),
            ("WAV", "DOUBLE", 0),
            ("WAV", "ULAW", 0.02),
            ("FLAC", "PCM_16", 0),
            ("FLAC", "PCM_24", 0),
            ("AIFF", "PCM_16", 0),
            ("OGG", "VORBIS", 0.03),
            ("OGG", "OPUS", 0.03),
            ("MP3", "MPEG_LAYER_III", 0.03),
        ],
    )
    def test_formats(self, tmp_path: Path, form: str, subtype: str, tolerance: float) -> None:
        """Each format gives the audio that was put in: those without loss to the bit, others nearly."""
        wave = np.round(sine(440, 16000, 3) * 32768) / 32768
        path = write(tmp_path / "x.bin", wave, 16000, form, subtype)
        heard = middle(said(load(path, AUDIO)), 16000)
        assert len(heard) == pytest.approx(3 * 16000 - 3200, abs=1600)
        if tolerance < 0.03:
            assert float(np.max(np.abs(heard - wave[1600:-1600]))) <= tolerance
        else:  # a codec moves the audio by some samples
            assert strongest(heard, 16000) == pytest.approx(440, abs=0.5)
            assert float(np.sqrt(np.mean(heard**2))) == pytest.approx(0.5 / np.sqrt(2), abs=tolerance)

    @pytest.mark.parametrize("rate", [8000, 16000])
    def test_pieces_join_without_a_seam(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: int
    ) -> None:
        """Reading in pieces gives what reading at once does, also for Ogg, in which one cannot simply go on."""
        path = write(tmp_path / "x.ogg", sine(440, 16000, 2), 16000, "OGG", "VORBIS")
        whole = said(load(path, AudioFormat(rate)))
        monkeypatch.setattr(soundfiles, "_CHUNK", 1000)
        assert said(load(path, AudioFormat(rate))) == whole

    def test_channels_are_mixed_to_their_mean(self, tmp_path: Path) -> None:
        """One channel of two is heard at half its size, equal channels as they are, and nothing is clipped."""
        tone = np.round(sine(440, 16000, peak=0.99) * 32768) / 32768
        left = load(write(tmp_path / "left.wav", np.stack([tone, 0 * tone], 1), 16000), AUDIO)
        both = load(write(tmp_path / "both.wav", np.stack([tone, tone], 1), 16000), AUDIO)
        assert np.abs(middle(said(left), 16000) - tone[1600:-1600] / 2).max() <= 1 / 32768
        assert np.array_equal(middle(said(both), 16000), tone[1600:-1600])

    @pytest.mark.parametrize("channels", [6, 1024])
    def test_many_channels(self, tmp_path: Path, channels: int) -> None:
        """Any number of channels is mixed."""
        pcm = struct.pack("<h", 1000) * channels * 700
        (tmp_path / "x.wav").write_bytes(wav(pcm, channels=channels))
        assert said(load(tmp_path / "x.wav", AUDIO))[:1400] == struct.pack("<h", 1000) * 700

    @pytest.mark.parametrize("rate", [16000, 48000])
    def test_too_loud_is_clipped(self, tmp_path: Path, rate: int) -> None:
        """Floats beyond full scale, infinity too, are clipped at it, and do not wrap around."""
        wave = np.repeat([3.0, -3.0, np.inf, -3e38, 1.0, -1.0], rate // 10)
        pcm = said(load(write(tmp_path / "x.wav", wave, rate, subtype="FLOAT"), AUDIO))
        heard = np.frombuffer(pcm, "<i2").reshape(6, -1)[:, 400:1200]
        assert (np.abs(heard.astype(int)) > 32000).all()
        assert (np.sign(heard) == [[1], [-1], [1], [-1], [1], [-1]]).all()

    def test_ten_minutes(self, tmp_path: Path) -> None:
        """A file of ten minutes is taken whole."""
        path = write(tmp_path / "x.flac", np.zeros(600 * 8000), 8000, "FLAC")
        assert len(load(path, AUDIO)) == 600 * 50

    def test_lengths_that_are_not_known(self, tmp_path: Path) -> None:
        """A WAV file that was written to a pipe, and one that was cut, give what is there."""
        pcm = random.Random(2).randbytes(FRAME * 10)
        for size in (0xFFFFFFFF, 0x7FFFF000, len(pcm) + 4000):
            (tmp_path / "x.wav").write_bytes(wav(pcm, size=size))
            assert said(load(tmp_path / "x.wav", AUDIO)) == pcm

    @pytest.mark.parametrize(("form", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")])
    def test_a_file_through_a_pipe(self, tmp_path: Path, form: str, subtype: str) -> None:
        """A named pipe, as a shell's ``<(…)``, is read as a file is."""
        path = write(tmp_path / "x", sine(440, 16000, 5), 16000, form, subtype)
        os.mkfifo(tmp_path / "pipe")
        thread = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(path.read_bytes(),))
        thread.start()
        heard = said(load(tmp_path / "pipe", AUDIO))
        thread.join()
        assert heard == said(load(path, AUDIO))


def _unknown_flac(body: bytes) -> bytes:
    """Clear the number of samples of a FLAC file: 36 bits from byte 21 on (RFC 9639, section 8.2)."""
    return body[:21] + bytes([body[21] & 0xF0]) + bytes(4) + body[26:]


class TestOddFiles:
    """Files that cannot be played."""

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "x.wav: this audio file is empty"),
            (wav(b""), "x.wav: this audio file holds no audio"),
            (wav(b"x"), "x.wav: this audio file holds no audio"),
            (b"RIFF", "no WAV, FLAC, Ogg or MP3 file that can be read (Format not recognised); raw PCM can"),
            (wav(b"")[:20], "no WAV, FLAC, Ogg or MP3 file that can be read (Error in WAV"),
            (b"Hello, this is text.\n" * 99, "no WAV, FLAC, Ogg or MP3 file that can be read"),
            (bytes(64000), "no WAV, FLAC, Ogg or MP3 file that can be read"),
            (wav(bytes(640), rate=0), "no WAV, FLAC, Ogg or MP3 file that can be read"),
            (wav(bytes(640), rate=1), "x.wav: 1 samples a second where 2000 to 768000 are allowed"),
            (wav(bytes(640), rate=2**31 - 1), "x.wav: 2147483647 samples a second where 2000 to 768000 are"),
            (
                wav(bytes(640), channels=0),
                "no WAV, FLAC, Ogg or MP3 file that can be read (Channel count is zero)",
            ),
        ],
    )
    def test_content(self, tmp_path: Path, content: bytes, told: str) -> None:
        """What is no audio is one sentence that says so."""
        (tmp_path / "x.wav").write_bytes(content)
        assert told in problem(tmp_path / "x.wav")

    def test_raw_audio(self, tmp_path: Path) -> None:
        """Raw PCM in a file is refused, whatever its name is, with the way to use it."""
        (tmp_path / "x.raw").write_bytes(b"".join(map(Numbered(AUDIO).frame, range(50))))
        assert "raw PCM can be piped in with `--audio -`" in problem(tmp_path / "x.raw")

    def test_places(self, tmp_path: Path) -> None:
        """A missing file, a folder and a name that cannot be are told apart."""
        assert problem(tmp_path / "no.wav").endswith(
            "no.wav: this audio file cannot be read: No such file or directory"
        )
        assert problem(tmp_path).endswith(": this audio file cannot be read: Is a directory")
        assert problem("a\0b.wav") == r"a\x00b.wav: a file cannot have this name"
        assert "File name too long" in problem("x" * 5000)
        assert problem("/dev/zero") == "/dev/zero: this audio file is empty"

    def test_no_permission(self, tmp_path: Path) -> None:
        """A file that may not be read says so."""
        path = write(tmp_path / "x.wav", sine(440, 16000), 16000)
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
        assert problem(path).endswith("cannot be read: Permission denied")

    def test_a_sample_that_is_no_number(self, tmp_path: Path) -> None:
        """NaN in a file of floats is refused with its place, since a resampler would spread it over all."""
        wave = np.stack([sine(440, 44100, 9), sine(440, 44100, 9)], 1)
        wave[44100 * 8, 1] = np.nan
        path = write(tmp_path / "x.wav", wave, 44100, subtype="FLOAT")
        assert problem(path).endswith("x.wav: at 8.000 s there is a sample that is no number (NaN)")

    def test_too_long(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file longer than an hour is refused before it is read; here the hour is three seconds."""
        assert sound.MAX_SECONDS == 3600
        monkeypatch.setattr(sound, "MAX_SECONDS", 3)
        load(write(tmp_path / "x.wav", sine(440, 8000, 3), 8000), AUDIO)
        told = problem(write(tmp_path / "y.wav", sine(440, 8000, 4), 8000))
        assert told.endswith("y.wav: it lasts 4 s where 3 are allowed; pipe it in with `--audio -`")

    def test_too_much_through_a_pipe(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pipe that brings more than is allowed is not read on."""
        monkeypatch.setattr(sound, "MAX_PIPED_FILE", 1 << 20)
        reading, writing = os.pipe()
        thread = threading.Thread(target=_write_until_refused, args=(writing,))
        thread.start()
        try:
            assert "more than the 1 MB that may come through a pipe; give a file" in problem(
                f"/dev/fd/{reading}"
            )
        finally:
            os.close(reading)
            thread.join()

    def test_an_empty_pipe(self) -> None:
        """A pipe through which nothing comes is an empty file."""
        reading, writing = os.pipe()
        os.close(writing)
        assert problem(f"/dev/fd/{reading}").endswith("this audio file is empty")
        os.close(reading)

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda body: body[: len(body) // 2], "(Error : flac decoder lost sync)"),
            (_unknown_flac, "x.flac: its header does not tell how long it is; store it anew, as WAV"),
        ],
    )
    def test_a_broken_flac(self, tmp_path: Path, change: Callable[[bytes], bytes], told: str) -> None:
        """A FLAC file that is cut or does not know its length is refused rather than played in part."""
        path = write(tmp_path / "x.flac", sine(440, 16000), 16000, "FLAC")
        path.write_bytes(change(path.read_bytes()))
        assert told in problem(path)

    @pytest.mark.parametrize(("form", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")])
    def test_damaged_files(self, tmp_path: Path, form: str, subtype: str) -> None:
        """Whatever is wrong in a file, it gives frames or one sentence."""
        body = write(tmp_path / "x", sine(440, 8000, 0.5), 8000, form, subtype).read_bytes()
        chance = random.Random(3)
        outcomes = set()
        for _ in range(100):
            damaged = bytearray(body)
            for _ in range(chance.randrange(1, 8)):
                damaged[min(int(chance.expovariate(0.01)), len(body) - 1)] = chance.randrange(256)
            (tmp_path / "x").write_bytes(damaged)
            try:
                outcomes.add(len(load(tmp_path / "x", AUDIO)) > 0)
            except PhoneError as error:
                outcomes.add(str(error).startswith(str(tmp_path)))
        assert outcomes == {True}

    def test_names_forge_no_line(self, tmp_path: Path) -> None:
        """A name with control characters is shown escaped."""
        assert r"x\x1b[31m\n.wav: this audio file cannot be read" in problem(tmp_path / "x\x1b[31m\n.wav")


def _write_until_refused(descriptor: int) -> None:
    """Write until nobody reads any more."""
    try:
        while True:
            os.write(descriptor, bytes(65536))
    except BrokenPipeError:
        os.close(descriptor)


@contextmanager
def pipe() -> Iterator[tuple[Piped, BinaryIO]]:
    """A Piped and the end to write to."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stdin, os.fdopen(writing, "wb", buffering=0) as writer:
        piped = Piped(stdin, AUDIO)
        yield piped, writer
        writer.close()
        piped._thread.join(10)


def until(condition: Callable[[], bool], piped: Piped) -> None:
    """Wait until the thread of ``piped`` has done something, which it tells by its condition."""
    with piped._changed:
        assert piped._changed.wait_for(condition, timeout=10)


class TestPiped:
    """Raw audio from standard input."""

    @pytest.fixture(autouse=True)
    def no_thread_is_left(self) -> Iterator[None]:
        """Each thread ends, after the end of its pipe or after close()."""
        yield
        for thread in threading.enumerate():
            if thread.name == "echo-phone standard input":
                thread.join(10)
                assert not thread.is_alive()

    def test_frames_come_in_order_and_end(self) -> None:
        """All that is written is said, in frames, and then there is no more, ever."""
        pcm = random.Random(4).randbytes(FRAME * 40)
        with closing(Piped(io.BytesIO(pcm), AUDIO)) as piped:
            until(lambda: piped._ended, piped)
            assert said(piped) == pcm
            assert piped.frame(40) is None
            assert (piped.silent, piped.problem) == (0, None)

    @pytest.mark.parametrize(("extra", "kept"), [(0, 0), (1, 0), (2, 2), (639, 638)])
    def test_the_last_frame_is_filled_up(self, extra: int, kept: int) -> None:
        """A part of a frame at the end is filled up with silence; half a sample there is left out."""
        pcm = random.Random(5).randbytes(FRAME * 2 + extra)
        with closing(Piped(io.BytesIO(pcm), AUDIO)) as piped:
            until(lambda: piped._ended, piped)
            whole = pcm[: FRAME * 2 + kept]
            assert said(piped) == whole.ljust(FRAME * (3 if kept else 2), b"\0")

    def test_silence_while_nothing_is_there(self) -> None:
        """A slow pipe gives silence, which is counted, and never half a frame before its end."""
        with pipe() as (piped, writer):
            assert piped.frame(0) == bytes(FRAME)
            writer.write(b"\x01" * (FRAME - 2))
            until(lambda: len(piped._buffer) == FRAME - 2, piped)
            assert piped.frame(1) == bytes(FRAME)
            writer.write(b"\x01" * 2)
            until(lambda: len(piped._buffer) == FRAME, piped)
            assert piped.frame(2) == b"\x01" * FRAME
            assert piped.silent == 2

    def test_no_more_than_two_seconds_are_read_ahead(self) -> None:
        """A pipe that brings more waits, and loses nothing by it."""
        source = _Source(AUDIO.bytes_per_second * 10)
        with closing(Piped(source, AUDIO)) as piped:
            ahead = AHEAD_SECONDS * AUDIO.bytes_per_second
            until(lambda: len(piped._buffer) == ahead, piped)
            assert source.tell() == ahead
            heard = bytearray()
            for index in range(500):
                until(lambda: len(piped._buffer) >= FRAME, piped)
                assert len(piped._buffer) <= ahead
                heard += piped.frame(index) or b""
            assert heard == source.getvalue()
            assert piped.silent == 0

    def test_closing_ends_it(self) -> None:
        """After closing there is nothing more, and the thread that waited for room is gone."""
        piped = Piped(_Source(AUDIO.bytes_per_second * 10), AUDIO)
        until(lambda: len(piped._buffer) == AHEAD_SECONDS * AUDIO.bytes_per_second, piped)
        piped.close()
        piped._thread.join(10)
        assert not piped._thread.is_alive()
        assert piped.frame(0) is None
        assert piped.problem is None

    def test_what_comes_after_closing_is_forgotten(self) -> None:
        """A read that was under way when the call ended keeps nothing, and its thread ends."""
        with pipe() as (piped, writer):
            piped.close()
            writer.write(b"\x01" * FRAME)
            piped._thread.join(10)
            assert not piped._thread.is_alive()
            assert piped.frame(0) is None
            assert not piped._buffer

    def test_a_pipe_that_does_not_block(self) -> None:
        """Where somebody has made standard input non-blocking, nothing yet is not taken for the end."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        with os.fdopen(reading, "rb") as stdin, os.fdopen(writing, "wb", buffering=0) as writer:
            piped = Piped(stdin, AUDIO)
            assert piped.frame(0) == bytes(FRAME)
            writer.write(b"\x01" * FRAME)
            until(lambda: len(piped._buffer) == FRAME, piped)
            writer.close()
            until(lambda: piped._ended, piped)
            assert said(piped) == b"\x01" * FRAME

    @pytest.mark.parametrize("head", [wav(b""), b"fLaC\0\0\0\x22", b"OggS\0\x02", b"ID3\x04"])
    def test_a_file_piped_in_by_mistake(self, head: bytes) -> None:
        """A file is not said as if it were raw audio: nothing is said, and the problem tells what to do."""
        with closing(Piped(io.BytesIO(head + bytes(FRAME)), AUDIO)) as piped:
            until(lambda: piped._ended, piped)
            assert piped.frame(0) is None
            wanted = "standard input is an audio file where raw PCM is required; give its name instead"
            assert piped.problem == wanted

    def test_a_pipe_that_breaks(self) -> None:
        """An error ends the audio after what was read before, and is told."""
        with closing(Piped(_Breaking(), AUDIO)) as piped:
            until(lambda: piped._ended, piped)
            assert said(piped) == b"\x01" * FRAME
            assert piped.problem == "standard input cannot be read: [Errno 5] Input/output error"

    def test_a_terminal_is_refused(self) -> None:
        """Nobody types PCM."""
        ours, theirs = pty.openpty()
        with os.fdopen(theirs) as terminal, pytest.raises(PhoneError, match="standard input is a terminal"):
            pipe_of(terminal)
        os.close(ours)

    def test_a_pipe_is_taken(self) -> None:
        """A pipe is read below its text; where there is no standard input at all, that is said."""
        with io.TextIOWrapper(io.BytesIO(b"\x01\x02")) as stdin:
            assert pipe_of(stdin).read() == b"\x01\x02"
        with pytest.raises(PhoneError, match="there is no standard input"):
            pipe_of(None)

    def test_a_process_ends_while_it_reads(self) -> None:
        """Standard input that stays open keeps no process from ending in peace."""
        code = (
            "import sys; from echo.audio.format import AudioFormat; from echo.phone.sound import Piped;"
            "piped = Piped(sys.stdin.buffer, AudioFormat(8000)); assert piped.frame(0) == bytes(320)"
        )
        command = [sys.executable, "-c", code]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            assert (process.stderr.read(), process.wait(10)) == (b"", 0)


class _Source(io.BytesIO):
    """Random audio of so many bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(random.Random(6).randbytes(size))


class _Breaking(io.BytesIO):
    """One frame and then an error."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Give the frame, then raise."""
        if self.tell():
            raise OSError(5, "Input/output error")
        self.write(b"\x01" * FRAME)
        return self.getvalue()


def test_a_library_writes_no_notes_of_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Of MP3 that is none there is our sentence, and nothing of libmpg123's on standard error or in the sentence."""
    path = tmp_path / "noise.mp3"
    path.write_bytes(b"\xff\xfb\x90\x00" + random.Random(1).randbytes(40_000))
    with pytest.raises(PhoneError, match="no WAV, FLAC, Ogg or MP3 file that can be read") as caught:
        load(path, AUDIO)
    assert "not exist" not in str(caught.value)
    assert capfd.readouterr().err == ""
    os.write(2, b"still there")
    assert capfd.readouterr().err == "still there"
