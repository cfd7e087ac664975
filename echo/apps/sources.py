"""What is played: a stretch of PCM, or pieces that come one by one, asked for only when there is room for them."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from itertools import repeat
from pathlib import Path
from typing import TypeAlias

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from echo.apps.guard import Guard
from echo.errors import AppError

Pieces: TypeAlias = "Iterator[bytes] | AsyncIterator[bytes]"

#: What can be played: PCM at the call's rate, the path of a sound file, or something that gives PCM piece by piece.
Sound: TypeAlias = "bytes | bytearray | memoryview | str | Path | Iterable[bytes] | AsyncIterable[bytes]"

#: Pieces that one read takes: an iterator that gives crumbs for ever must not keep the daemon.
_MOST_PIECES = 1000


class Source:
    """
    One thing that is played.

    The next piece is asked for when the one before has been read whole: whoever makes the pieces is held back as the
    caller is slow to hear them.

    Attributes:
        barge_in: the caller may interrupt it.
        over: there is no more; a source that failed is over as well.
    """

    def __init__(
        self, pieces: Pieces, guard: Guard, wake: Callable[[], None], *, barge_in: bool = False
    ) -> None:
        """Read ``pieces`` of PCM; ``wake`` is called when one has come that was not there before."""
        self.barge_in = barge_in
        self.over = False
        self._pieces = pieces
        self._guard = guard
        self._wake = wake
        self._piece = b""
        self._at = 0
        self._waiting: Deferred[None] | None = None
        self._is_asking = self._closed_itself = False

    @property
    def is_waiting(self) -> bool:
        """Whether a piece has been asked for that is still to come; ``wake`` will tell."""
        return self._waiting is not None

    def read(self, size: int) -> bytes:
        """Give the next ``size`` bytes, or as many as there are now."""
        taken = b""
        for _ in range(_MOST_PIECES):
            piece = self._piece[self._at : self._at + size - len(taken)]
            self._at += len(piece)
            taken = taken + piece if taken else piece
            if len(taken) == size or not self._pull():
                break
        return taken

    def close(self) -> None:
        """Ask for no more, and let the iterator end as it likes."""
        if self.over:
            return
        self.over = True
        self._piece = b""
        if self._is_asking:
            self._closed_itself = (
                True  # a generator that runs cannot be closed: it ends once it has given its piece
            )
        else:
            self._end_pieces()

    def _end_pieces(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        if isinstance(self._pieces, Iterator):
            close = getattr(self._pieces, "close", None)
            if close is not None:
                self._guard.run("play", close)
        elif self._waiting is None and (aclose := getattr(self._pieces, "aclose", None)) is not None:
            self._guard.start("play", aclose())

    def _pull(self) -> bool:
        """Get the next piece; false if there is none, now or ever."""
        if self.over or self._waiting is not None:
            return False
        self._is_asking = True
        has_more = self._take_next(self._pieces) if isinstance(self._pieces, Iterator) else self._ask()
        self._is_asking = False
        if self._closed_itself:
            self._end_pieces()
        return has_more

    def _take_next(self, pieces: Iterator[bytes]) -> bool:
        return self._take(self._guard.run("play", next, pieces, None))

    def _ask(self) -> bool:
        """Ask an asynchronous iterator; it may answer at once."""
        asked = self._guard.start("play", self._next())
        if asked.called:
            return bool(self._piece) and not self.over
        self._waiting = asked
        asked.addBoth(self._answered)
        return False

    async def _next(self) -> None:
        try:
            piece: object = await anext(self._pieces)  # type: ignore[arg-type]  # only asked where it is one
        except StopAsyncIteration:
            piece = None
        except CancelledError:
            self.over = True  # we have given it up ourselves
            return
        self._take(piece)

    def _answered(self, result: Failure | None) -> None:
        self._waiting = None
        if isinstance(result, Failure):
            self.over = True
        self._wake()

    def _take(self, piece: object) -> bool:
        self._piece, self._at = b"", 0
        if piece is None or self.over:
            self.over = True
            return False
        self._piece = self._guard.run("play", pcm_of, piece) or b""
        return bool(self._piece)


def pcm_of(piece: object) -> bytes:
    """Take bytes for PCM, and nothing else: ``bytes(5)`` would be five zeros."""
    if isinstance(piece, bytes | bytearray | memoryview):
        return bytes(piece)
    raise TypeError(f"a piece of audio is {type(piece).__name__} where bytes of PCM are required")


def pieces_of(sound: Sound, load: Callable[[Path], Deferred[bytes]], *, loop: bool) -> Pieces:
    """
    Make an iterator of whatever can be played.

    Args:
        sound: see :data:`Sound`.
        load: gives the PCM of a file.
        loop: begin again at the end.

    Raises:
        AppError: if an iterator is to be played again: it may not begin anew.
        TypeError: if it can not be played.
    """
    if isinstance(sound, bytes | bytearray | memoryview):
        pcm = bytes(sound)
        return repeat(pcm) if loop and pcm else iter((pcm,))
    if isinstance(sound, str | Path):
        return _file(load, Path(sound), loop=loop)
    if loop:
        raise AppError("an iterator cannot be played in a loop: make it endless instead")
    if isinstance(sound, AsyncIterable):
        return aiter(sound)
    try:
        return iter(sound)
    except TypeError:
        allowed = "PCM as bytes, the path of a sound file, or an iterator of PCM"
        raise TypeError(f"{type(sound).__name__} cannot be played; allowed: {allowed}") from None


async def _file(load: Callable[[Path], Deferred[bytes]], path: Path, *, loop: bool) -> AsyncIterator[bytes]:
    pcm = await load(path)
    yield pcm
    while loop:
        yield pcm
