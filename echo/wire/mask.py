"""
The mask of RFC 6455 section 5.3, by whoever does it fastest here.

``websockets`` has it in C, in one call: 0.3 µs for a frame of 640 bytes, where a XOR of two large numbers takes
2.4 µs (Python 3.11). Where that extension was not built, the numbers do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Masker", "apply_mask", "mask_by_number"]

#: XORs data with a key of four bytes.
Masker: TypeAlias = Callable[[bytes, bytes], bytes]


def mask_by_number(data: bytes, key: bytes) -> bytes:
    """XOR ``data`` with the four bytes of ``key``, over and over, as one large number."""
    size = len(data)
    keys = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(keys, "little")).to_bytes(size, "little")


try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover  the extension is optional there
    apply_mask = mask_by_number  # type: ignore[assignment]  # takes bytes, and no other buffers
