"""What each of several people hears who talk to one another: the sum of all others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def others(frames: Sequence[bytes | None]) -> list[bytes | None]:
    """
    Mix frames of the same length, so that nobody hears themselves.

    One's own part is taken away from the sum exactly, before anything is clipped, so not a bit of it is left.

    Args:
        frames: of each, 16-bit little-endian PCM; ``None`` for who says nothing.

    Returns:
        For each, the sum of the others' frames; ``None`` where none of them says anything.
    """
    waves = [None if frame is None else np.frombuffer(frame, "<i2").astype(np.int32) for frame in frames]
    speaking = [wave for wave in waves if wave is not None]
    if not speaking:
        return [None] * len(frames)
    total = np.sum(speaking, axis=0)
    return [_clipped(total, wave, len(speaking)) for wave in waves]


def _clipped(total: np.ndarray, own: np.ndarray | None, speaking: int) -> bytes | None:
    if own is None:
        heard = total
    elif speaking == 1:
        return None
    else:
        heard = total - own
    return heard.clip(-32768, 32767).astype("<i2").tobytes()
