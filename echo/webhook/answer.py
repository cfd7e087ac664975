"""
The answer webhook: a call is here, what shall become of it?

The provider asks by GET with query parameters, or by POST with a JSON object of the same keys. Anyone else
can ask too, so what is not usable counts as absent; no request is refused for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from echo.untrusted import Json

#: Longer than any number, SIP address or user name that makes sense here.
MAX_CHARACTERS = 256

_PARAMETERS = ("to", "from", "uuid", "conversation_uuid")

#: C0, DEL, C1, the two line separators, and surrogates, which no ``encode`` takes.
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

#: ITU-T E.164: 15 digits at most. The provider writes no plus; people who try it out do.
_NUMBER = re.compile(r"\+?([0-9]{1,15})")

#: The provider writes uuids with and without dashes, so they are opaque; a conversation's has a prefix.
_LEG_UUID = re.compile(r"[!-~]{1,64}")
_CONVERSATION_UUID = re.compile(r"[!-~]{1,80}")


@dataclass(frozen=True)
class AnswerRequest:
    """
    What an answer webhook said of the call, each part ``None`` where it is absent or not usable.

    Attributes:
        to: who was called: a number, a user, a SIP address; up to 256 characters without control characters.
        from_: who calls, likewise.
        uuid: the leg, printable ASCII without spaces, up to 64 characters.
        conversation_uuid: the conversation, likewise, up to 80 characters.
    """

    to: str | None = None
    from_: str | None = None
    uuid: str | None = None
    conversation_uuid: str | None = None

    @classmethod
    def from_query(cls, args: Mapping[bytes, Sequence[bytes]]) -> AnswerRequest:
        """Read a query string as Twisted's ``request.args`` has it; the first value of each name counts."""
        return cls.from_object(
            {name: _decode(values[0]) for name in _PARAMETERS if (values := args.get(name.encode()))}
        )

    @classmethod
    def from_object(cls, obj: Mapping[str, Json]) -> AnswerRequest:
        """Read the JSON object of a POST."""
        return cls(
            to=_usable(obj.get("to")),
            from_=_usable(obj.get("from")),
            uuid=_matching(_LEG_UUID, obj.get("uuid")),
            conversation_uuid=_matching(_CONVERSATION_UUID, obj.get("conversation_uuid")),
        )

    @property
    def called_number(self) -> str | None:
        """The digits of ``to`` if it is a telephone number (E.164, with or without plus)."""
        found = _NUMBER.fullmatch(self.to or "")
        return None if found is None else found[1]


def _decode(value: bytes) -> str | None:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _usable(value: Json) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_CHARACTERS or _UNUSABLE.search(value):
        return None
    return value


def _matching(pattern: re.Pattern[str], value: Json) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
