"""What breaks the WebSocket protocol, in words: what was sent, and what to change."""

from __future__ import annotations

import re
from typing import Final

_LIBRARY: Final = "write to the socket only what a WebSocket library makes of your messages"
_ONE_AT_A_TIME: Final = "send each message whole, and let no two tasks write to the socket by turns"
_STRAY: Final = (
    "something else than a WebSocket library, as a log or a second server, writes to the socket; stop it"
)

#: What the library that reads the frames (Autobahn) says of the common mistakes, what they are, what to change.
_MISTAKES: Final[tuple[tuple[str, str, str], ...]] = (
    (
        r"masked server-to-client",
        "a frame is masked, which only those of a client are (RFC 6455 section 5.1)",
        "let the library of your server write the frames, not that of a client",
    ),
    (r"RSV = (\d)", "a frame has reserved bits set (RSV {}), and no extension was agreed on", _STRAY),
    (r"using reserved opcode (\d+)", "a frame is of a kind that there is not (opcode {})", _STRAY),
    (
        r"invalid UTF-8|ended within Unicode",
        "a text message is not UTF-8",
        "send audio as binary messages, and encode texts as UTF-8",
    ),
    (
        r"payload length > 125",
        "a ping, pong or Close frame has more than 125 bytes",
        "shorten what is sent with it, as the reason of a close",
    ),
    (r"fragmented control", "a ping, pong or Close frame came in fragments", _LIBRARY),
    (r"continuation data frame outside", "a fragment came that continues no message", _ONE_AT_A_TIME),
    (
        r"non-continuation data frame while inside",
        "a message began before the fragments of the last one were over",
        _ONE_AT_A_TIME,
    ),
    (
        r"invalid close code (\d+)",
        "it closed with the code {}, which nobody may send",
        "close with 1000, or with 4000 to 4999 for meanings of your own (RFC 6455 section 7.4)",
    ),
    (r"close control frame with payload len 1", "its Close frame holds half a code", _LIBRARY),
    (r"invalid close reason", "the reason in its Close frame is not UTF-8", "encode it as UTF-8"),
    (
        r"(?:frame|message) size (\d+) .*exceeds payload limit of (\d+)",
        "a message of {} bytes was announced where {} are taken",
        "cut audio into frames of 20 ms; if no message is so long, " + _STRAY,
    ),
    (r"invalid data frame length", "the length of a frame is not written as it must be", _LIBRARY),
)


def explained(reason: str) -> tuple[str, str] | None:
    """Tell what was wrong and what to change, each in a clause; ``None`` for what is seldom enough."""
    for pattern, what, change in _MISTAKES:
        found = re.search(pattern, reason)
        if found is not None:
            return what.format(*found.groups()), change
    return None


def told(reason: str) -> str:
    """Tell why the call ended, in one sentence; ``reason`` is printable as it is."""
    known = explained(reason)
    if known is None:
        return f"The call ended over it: {reason}; {_LIBRARY}."
    what, change = known
    return f"The call ended over it: {what}; {change}."
