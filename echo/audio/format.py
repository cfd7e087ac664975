"""The audio formats of a call: 16-bit signed little-endian mono PCM, frames of 20 ms, one of three rates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: One binary message is one frame of so much audio (Vonage, "Voice API: WebSockets").
FRAME_MS: Final = 20

#: Samples a second; 24000 since 2026.
RATES: Final = (8000, 16000, 24000)

_BYTES_PER_SAMPLE = 2

#: No other parameter and no quoted value: the provider fails a call over them.
_CONTENT_TYPE = re.compile(
    rf"audio/l16[ \t]*;[ \t]*rate[ \t]*=[ \t]*({'|'.join(map(str, RATES))})", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True)
class AudioFormat:
    """
    One format of the three.

    Attributes:
        rate: samples a second, one of ``RATES``.

    Raises:
        ValueError: for any other rate.
    """

    rate: int

    def __post_init__(self) -> None:
        """Refuse a rate that the provider does not have."""
        if self.rate not in RATES:
            raise ValueError(f"rate {self.rate}: one of {', '.join(map(str, RATES))} is required")

    @classmethod
    def parse(cls, content_type: str) -> AudioFormat | None:
        """
        Read the ``content-type`` of an endpoint or of a first text message.

        Returns:
            The format, or ``None`` for what the provider would refuse. Case does not matter, nor do spaces
            around ``;`` and ``=``.
        """
        found = _CONTENT_TYPE.fullmatch(content_type)
        return None if found is None else cls(int(found[1]))

    @property
    def frame_ms(self) -> int:
        """Milliseconds of audio in a frame."""
        return FRAME_MS

    @property
    def content_type(self) -> str:
        """The format as an NCCO writes it, as in ``audio/l16;rate=16000``."""
        return f"audio/l16;rate={self.rate}"

    @property
    def bytes_per_second(self) -> int:
        """Bytes of a second of audio: 16000, 32000 or 48000."""
        return self.rate * _BYTES_PER_SAMPLE

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame: 320, 640 or 960."""
        return self.bytes_per_second * FRAME_MS // 1000

    def milliseconds(self, nbytes: int) -> float:
        """Tell how long ``nbytes`` of audio last."""
        return nbytes * 1000 / self.bytes_per_second
