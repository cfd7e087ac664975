"""The close codes that we send, and those that stand for none (RFC 6455 section 7.4.1, and IANA's registry)."""

from __future__ import annotations

NORMAL = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
#: A Close frame came without a code.
NO_CODE = 1005
#: The connection ended without a Close frame.
NO_CLOSE_FRAME = 1006
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013

#: Those that may be sent, in words.
SENT = "1000 to 1003, 1007 to 1014, 3000 to 4999"


def may_be_sent(code: object) -> bool:
    """Tell whether a Close frame may have this code: the others stand for none, or nothing yet."""
    return isinstance(code, int) and (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999)
