"""
What goes over the wire: frames whose header may lie, the opening handshake, the first message of a call.

Only bytes, no socket: :mod:`tests.raw_client` sends them over one, :mod:`tests.face` to a server in memory.
Standard library only, so that what the tests believe does not rest on the libraries under test.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterable

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

#: RFC 6455 section 1.3: appended to the key before it is hashed.
_ACCEPT_SALT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def masked(payload: bytes, key: bytes) -> bytes:
    """XOR ``payload`` with the 4 bytes of ``key`` (RFC 6455 section 5.3); undoes itself."""
    if key == b"\0\0\0\0":
        return payload
    whole = (key * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")
    return number.to_bytes(len(payload), "big")


def frame_header(
    opcode: int, length: int, *, final: bool = True, rsv: int = 0, key: bytes | None = b"\x12\x34\x56\x78"
) -> bytes:
    """The header of a frame that announces ``length`` bytes, true or not; without a key it is unmasked."""
    first = (0x80 if final else 0) | rsv << 4 | opcode
    mask_bit = 0 if key is None else 0x80
    if length < 126:
        head = struct.pack("!BB", first, mask_bit | length)
    elif length < 65536:
        head = struct.pack("!BBH", first, mask_bit | 126, length)
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, length)
    return head + (key or b"")


def encode_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    final: bool = True,
    rsv: int = 0,
    key: bytes | None = b"\x12\x34\x56\x78",
) -> bytes:
    """A whole frame as a client sends it; ``key=None`` leaves it unmasked, which a client must not do."""
    body = payload if key is None else masked(payload, key)
    return frame_header(opcode, len(payload), final=final, rsv=rsv, key=key) + body


def close_frame(code: int = 1000, reason: str = "") -> bytes:
    """A masked Close frame."""
    return encode_frame(CLOSE, code.to_bytes(2, "big") + reason.encode())


def close_code(data: bytes) -> int:
    """Read the code of the Close frame that ends ``data``."""
    head, _, tail = data.rpartition(b"\x88")
    assert tail[0] == len(tail) - 1, (head, tail)
    return int.from_bytes(tail[1:3], "big")


def connected_message(rate: int = 16000, **headers: object) -> str:
    """The first text message of a call as the Voice API sends it: custom headers are merged at the top."""
    first = {"event": "websocket:connected", "content-type": f"audio/l16;rate={rate}"}
    return json.dumps(first | headers)


def upgrade_request(path: str, host: str, key: str, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """The opening handshake of RFC 6455 section 4.1."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def accept_value(key: str) -> str:
    """What the server must answer to ``key`` (RFC 6455 section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode() + _ACCEPT_SALT).digest()).decode()
