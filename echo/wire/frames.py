"""
The common frame of a call, read and written in one go (RFC 6455 section 5.2).

A provider sends its audio as whole, final, masked, unextended binary frames, and gets the same back without
a mask. A parser that takes any frame in any number of pieces makes half a dozen objects for each; for this one
kind a few comparisons do. Whatever is not exactly of this kind is left to the full parser: ``None`` is never an
error here. The daemon reads masked frames and writes plain ones; the phone does the opposite.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

_FINAL_BINARY = 0x82
_MASKED = 0x80
_TWO_BYTES_OF_LENGTH = 126
_EIGHT_BYTES_OF_LENGTH = 127
_LARGEST_SHORT = 125
_LARGEST_LONG = 0xFFFF


def take_binary(data: bytes, at: int, largest: int) -> tuple[bytes, int] | None:
    """
    Read the frame that begins at ``at`` if it is whole, final, masked, binary and at most ``largest`` bytes.

    Returns:
        Its payload, unmasked, and where the next frame begins; or ``None``.
    """
    if len(data) - at < 8 or data[at] != _FINAL_BINARY:
        return None
    length = data[at + 1] - _MASKED
    head = at + 2
    if length == _TWO_BYTES_OF_LENGTH:
        length = data[head] << 8 | data[head + 1]
        head += 2
        if length <= _LARGEST_SHORT:
            return None  # not the shortest form: for the full parser to refuse
    elif not 0 <= length <= _LARGEST_SHORT:
        return None
    start, end = head + 4, head + 4 + length
    if length > largest or end > len(data):
        return None
    return unmask(data[start:end], data[head:start]), end


def take_plain_binary(data: bytes, at: int, largest: int) -> tuple[bytes, int] | None:
    """Read the frame that begins at ``at`` as :func:`take_binary` does, but unmasked, as a server sends it."""
    if len(data) - at < 2 or data[at] != _FINAL_BINARY:
        return None
    length = data[at + 1]
    start = at + 2
    if length == _TWO_BYTES_OF_LENGTH:
        if len(data) - at < 4:
            return None
        length = data[start] << 8 | data[start + 1]
        start += 2
        if length <= _LARGEST_SHORT:
            return None  # not the shortest form: for the full parser to refuse
    elif length > _LARGEST_SHORT:
        return None
    end = start + length
    if length > largest or end > len(data):
        return None
    return data[start:end], end


def unmask(payload: bytes, key: bytes) -> bytes:
    """XOR ``payload`` with the four bytes of ``key``, over and over (RFC 6455 section 5.3), as one large number."""
    size = len(payload)
    keys = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(keys, "little")).to_bytes(size, "little")


def binary_frame(payload: bytes) -> bytes | None:
    """Write ``payload`` as a server's whole binary frame; ``None`` beyond 65535 bytes."""
    size = len(payload)
    if size <= _LARGEST_SHORT:
        return bytes((_FINAL_BINARY, size)) + payload
    if size <= _LARGEST_LONG:
        return bytes((_FINAL_BINARY, _TWO_BYTES_OF_LENGTH, size >> 8, size & 0xFF)) + payload
    return None


def client_frame(opcode: int, payload: bytes, key: bytes, *, final: bool = True) -> bytes:
    """
    Write one masked frame, as a client sends it (RFC 6455 section 5.2).

    Args:
        opcode: 0 for a continuation, 1 for text, 2 for binary, 8 to 10 for control frames.
        payload: any number of bytes; control frames are the caller's to keep within 125.
        key: four bytes that nobody could foresee (section 10.3).
        final: whether the message ends with this frame.
    """
    first = opcode | (0x80 if final else 0)
    size = len(payload)
    if size <= _LARGEST_SHORT:
        head = bytes((first, _MASKED | size))
    elif size <= _LARGEST_LONG:
        head = bytes((first, _MASKED | _TWO_BYTES_OF_LENGTH, size >> 8, size & 0xFF))
    else:
        head = bytes((first, _MASKED | _EIGHT_BYTES_OF_LENGTH)) + size.to_bytes(8, "big")
    return head + key + unmask(payload, key)


class ClientFrames:
    """
    Writes a client's binary frames of one size, as :func:`client_frame` does, for a third of its cost.

    Heads and keys are made beforehand; the keys come round again.
    """

    def __init__(self, size: int, keys: Sequence[bytes]) -> None:
        """Prepare; ``size`` is that of each payload, ``keys`` hold four bytes each, as in :func:`client_frame`."""
        self._size = size
        head = client_frame(_FINAL_BINARY & 0xF, bytes(size), bytes(4))[: -size - 4]
        masks = (int.from_bytes((key * (size // 4 + 1))[:size], "little") for key in keys)
        self._next = cycle([(head + key, mask) for key, mask in zip(keys, masks, strict=True)]).__next__

    def frame(self, payload: bytes) -> bytes:
        """Write one; ``payload`` is of the size that was told."""
        head, mask = self._next()
        return head + (int.from_bytes(payload, "little") ^ mask).to_bytes(self._size, "little")
