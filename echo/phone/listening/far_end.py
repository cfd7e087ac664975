"""
How strictly the provider's side takes what the application sends.

The documented rule is one frame of 20 ms in each binary message; vocode-core issue 727 shows the provider end a
call over a message of another size. The provider's published module (Nexmo/wsbridge, 2018-2022) is more patient
and less kind: it cuts long messages off, plays short ones as they are, and throws fragments away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from echo.audio.format import RATES, AudioFormat

#: Messages that wait to be played, 61.4 s of frames (Vonage, "Voice API: WebSockets").
CAPACITY: Final = 3072

#: The same before 2025, and in the published module: 20.5 s.
OLD_CAPACITY: Final = 1024


@dataclass(frozen=True)
class FarEnd:
    """
    The provider's side of the socket.

    Attributes:
        name: ``documented`` or ``wsbridge``.
        strict: a message that is not exactly one frame ends the call.
        capacity: how many messages wait to be played; those beyond are dropped.
        answer_cleared: a ``notify`` that waits when ``clear`` comes is answered at once, where it is dropped
            otherwise. The documents say neither.
    """

    name: str
    strict: bool
    capacity: int = CAPACITY
    answer_cleared: bool = False

    def complaint(self, index: int, size: int, pieces: int, audio: AudioFormat) -> str | None:
        """
        Say why the call ends over a message, if it does.

        Args:
            index: how many binary messages came before it.
            size: its bytes.
            pieces: the WebSocket frames that it came in.
            audio: the format of the call.
        """
        if not self.strict:
            return None
        if pieces > 1:
            return f"message {index} came in {pieces} fragments where one WebSocket frame is required"
        if size != audio.frame_bytes:
            return (
                f"message {index} has {size} bytes where a frame at {audio.rate} Hz has {audio.frame_bytes}"
            )
        return None


DOCUMENTED: Final = FarEnd("documented", strict=True)
WSBRIDGE: Final = FarEnd("wsbridge", strict=False)
BY_NAME: Final = {far_end.name: far_end for far_end in (DOCUMENTED, WSBRIDGE)}


def rate_of(size: int) -> int | None:
    """Tell the rate at which ``size`` bytes are one frame, if there is one."""
    return next((rate for rate in RATES if AudioFormat(rate).frame_bytes == size), None)
