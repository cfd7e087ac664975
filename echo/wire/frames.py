"""
The common frame of a call, read and written in one go (RFC 6455 section 5.2).

A provider sends its audio as whole, final, masked, unextended binary frames, and gets the same back without
a mask. A parser that takes any frame in any number of pieces makes half a dozen objects for each; for this one
kind a few comparisons do. Whatever is not exactly of this kind is left to the full parser: ``None`` is never an
error here. The daemon reads masked frames and writes plain ones; the phone does the opposite.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from echo.wire.mask import apply_mask

_BINARY = 2
_FINAL_BINARY = 0x82
_MASKED = 0x80
_MASKED_TWO_BYTES = 0xFE
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
    if len(data) - at < 6 or data[at] != _FINAL_BINARY:
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
    return apply_mask(data[start:end], data[head:start]), end


def common_heads(sizes: Iterable[int]) -> dict[int, bytes]:
    """
    Give how a client's whole binary frames of these sizes (126 to 65535 bytes) begin, by their length in all.

    A read of such a length that begins so is one frame and nothing else; four bytes of key and the payload follow.
    """
    return {size + 8: client_head(_BINARY, size) for size in sizes}


def begins_binary(data: bytes, largest: int) -> bool:
    """Tell whether ``data``, which is no whole frame, may be the beginning of one that :func:`take_binary` reads."""
    if data[0] != _FINAL_BINARY:
        return False
    if len(data) < 2:
        return True
    length = data[1] - _MASKED
    if length == _TWO_BYTES_OF_LENGTH:
        return len(data) < 4 or _LARGEST_SHORT < (data[2] << 8 | data[3]) <= largest
    return 0 <= length <= _LARGEST_SHORT and length <= largest


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


@lru_cache(maxsize=1024)  # calls have a handful of sizes; what a peer makes up is bounded
def binary_head(size: int) -> bytes:
    """Write the header of a server's whole binary frame of ``size`` bytes."""
    if size <= _LARGEST_SHORT:
        return bytes((_FINAL_BINARY, size))
    if size <= _LARGEST_LONG:
        return bytes((_FINAL_BINARY, _TWO_BYTES_OF_LENGTH)) + size.to_bytes(2, "big")
    return bytes((_FINAL_BINARY, _EIGHT_BYTES_OF_LENGTH)) + size.to_bytes(8, "big")


def client_frame(opcode: int, payload: bytes, key: bytes, *, final: bool = True) -> bytes:
    """
    Write one masked frame, as a client sends it (RFC 6455 section 5.2).

    Args:
        opcode: 0 for a continuation, 1 for text, 2 for binary, 8 to 10 for control frames.
        payload: any number of bytes; control frames are the caller's to keep within 125.
        key: four bytes that nobody could foresee (section 10.3).
        final: whether the message ends with this frame.
    """
    return client_head(opcode, len(payload), final=final) + key + apply_mask(payload, key)


@lru_cache(maxsize=1024)  # calls have a handful of sizes
def client_head(opcode: int, size: int, *, final: bool = True) -> bytes:
    """Write the header of a client's frame of ``size`` bytes, as far as the key."""
    first = opcode | (0x80 if final else 0)
    if size <= _LARGEST_SHORT:
        return bytes((first, _MASKED | size))
    if size <= _LARGEST_LONG:
        return bytes((first, _MASKED_TWO_BYTES)) + size.to_bytes(2, "big")
    return bytes((first, _MASKED | _EIGHT_BYTES_OF_LENGTH)) + size.to_bytes(8, "big")
