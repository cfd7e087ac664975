"""PCM of any length, cut into the exact frames that the provider takes."""

from __future__ import annotations

from collections.abc import Iterator

from echo.audio.format import AudioFormat


class Framer:
    """
    Cuts a stream of bytes into frames of 20 ms; what is left over is carried into the next piece.

    A piece may end anywhere, also within a sample.

    Attributes:
        rest: bytes that are less than a frame, and wait for more.
    """

    __slots__ = ("_size", "rest")

    def __init__(self, audio: AudioFormat) -> None:
        """Begin with nothing left over."""
        self._size = audio.frame_bytes
        self.rest = b""

    @property
    def missing(self) -> int:
        """How many bytes make a frame of what is left over."""
        return self._size - len(self.rest)

    def cut(self, pcm: bytes) -> Iterator[bytes]:
        """Give the frames that ``pcm`` completes; to be read to the end."""
        if self.rest:
            pcm, self.rest = self.rest + pcm, b""
        whole = len(pcm) - len(pcm) % self._size
        self.rest = pcm[whole:]
        return (pcm[at : at + self._size] for at in range(0, whole, self._size))

    def pad(self) -> bytes:
        """Fill up what is left over with silence, half a sample included; empty if nothing is."""
        rest, self.rest = self.rest, b""
        whole = rest[: len(rest) & ~1]  # half a sample would be a click
        return whole.ljust(self._size, b"\0") if rest else b""
