"""
Sound files of any common format and rate, as PCM of a call: mixed to mono, resampled, 16 bit.

soundfile (libsndfile) reads WAV, FLAC, Ogg and MP3; soxr resamples. The two and numpy take a third of a second to
import, which only those pay who read a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from echo.errors import SoundError
from echo.untrusted import clean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Wave: TypeAlias = NDArray[np.float32]

#: Sampling rates of files; beyond them a header is broken, and resampling would ask for absurd filters.
FILE_RATES: Final = range(2000, 768_001)

#: How names of files, and what libraries say, are cut for a sentence.
SHOWN_LENGTH: Final = 200

#: Values that are read in one go, all channels together.
_CHUNK: Final = 1 << 18

#: libsndfile says 2^63 - 1 for FLAC from a pipe, and then fails at its end.
_UNKNOWN: Final = 1 << 62


def decode(source: str | int | BytesIO, rate: int, shown: str, longest: float) -> bytes:
    """
    Read a sound file whole: mono, ``rate`` samples a second, 16 bit, clipped.

    A mono file of 16 bit at that rate is taken bit by bit. It takes time, some seconds for an hour of audio: not to
    be done where calls are served.

    Args:
        source: a path, a descriptor or the bytes of a file; a descriptor is not closed.
        rate: of the result.
        shown: its name in sentences.
        longest: seconds.

    Raises:
        SoundError: if it is no audio, is empty, or too long.
    """
    with _opened(source, shown, longest) as file:
        waves = _resampled(_mono(file, shown), file.samplerate, rate)
        pcm = b"".join(map(_sixteen_bit, waves))
    if not pcm:
        raise SoundError(f"{shown}: this audio file holds no audio")
    return pcm


def check(source: str | int, shown: str, longest: float) -> None:
    """Read the header of a sound file alone; arguments and errors as of :func:`decode`."""
    with _opened(source, shown, longest):
        pass


@contextmanager
def _opened(source: str | int | BytesIO, shown: str, longest: float) -> Iterator[Any]:
    """Open a file whose header is right; gives a ``soundfile.SoundFile``."""
    import soundfile  # type: ignore[import-untyped]  # noqa: PLC0415  see above

    try:
        with soundfile.SoundFile(source, closefd=False) as file:
            _check(file, shown, longest)
            yield file
    except soundfile.SoundFileError as error:
        known = "WAV, FLAC, Ogg or MP3"
        problem = clean(str(getattr(error, "error_string", error)), SHOWN_LENGTH).rstrip(".")
        if "does not exist" in problem:  # so it says of MP3 in which it finds no frame
            problem = "there is no sound to be found in it"
        told = f"{shown}: this is no {known} file that can be read ({problem})"
        raise SoundError(told, is_about_form=True) from None


def _check(file: Any, shown: str, longest: float) -> None:
    """Refuse what its header says it is."""
    if file.samplerate not in FILE_RATES:
        allowed = f"{FILE_RATES[0]} to {FILE_RATES[-1]}"
        raise SoundError(f"{shown}: {file.samplerate} samples a second where {allowed} are allowed")
    if file.frames >= _UNKNOWN:
        raise SoundError(f"{shown}: its header does not tell how long it is; store it anew, as WAV")
    if file.frames > longest * file.samplerate:
        seconds = file.frames / file.samplerate
        raise SoundError(f"{shown}: it lasts {seconds:.0f} s where {longest:g} are allowed", is_too_long=True)


def _mono(file: Any, shown: str) -> Iterator[Wave]:
    """Read piece by piece and mix the channels: their mean, so that nothing grows too loud."""
    import numpy as np  # noqa: PLC0415  see above

    size, at = _CHUNK // file.channels, 0
    while len(piece := file.read(size, dtype="float32", always_2d=True)):
        wave: Wave = piece.clip(-1, 1).mean(axis=1)  # files of floats may hold anything
        wrong = np.flatnonzero(np.isnan(wave))
        if len(wrong):  # one of them would spoil the whole file in the resampler
            seconds = (at + int(wrong[0])) / file.samplerate
            raise SoundError(f"{shown}: at {seconds:.3f} s there is a sample that is no number (NaN)")
        at += len(wave)
        yield wave


def _resampled(waves: Iterator[Wave], file_rate: int, rate: int) -> Iterator[Wave]:
    """Bring the pieces to ``rate``; where it is theirs, they stay as they are."""
    if file_rate == rate:
        yield from waves
        return
    import numpy as np  # noqa: PLC0415  see above
    import soxr  # type: ignore[import-untyped]  # noqa: PLC0415

    stream = soxr.ResampleStream(file_rate, rate, 1, dtype="float32", quality="VHQ")
    for wave in waves:
        yield stream.resample_chunk(wave)
    yield stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)


def _sixteen_bit(wave: Wave) -> bytes:
    """Round and clip, for resampling overshoots at edges."""
    import numpy as np  # noqa: PLC0415  see above

    return np.rint(wave * 32768).clip(-32768, 32767).astype("<i2").tobytes()
