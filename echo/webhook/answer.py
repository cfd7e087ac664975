"""
The answer webhook: a call is here, what shall become of it?

The provider asks by GET with query parameters, or by POST with a JSON object of the same keys. Anyone else
can ask too, so what is not usable counts as absent; no request is refused for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from echo.untrusted import Json

#: Longer than any number, SIP address or user name that makes sense here.
MAX_CHARACTERS = 256

_PARAMETERS = ("to", "from", "from_user", "uuid", "conversation_uuid", "region_url")

#: What the name of a header begins with that came with a call by SIP.
_SIP = "SipHeader_"

#: How many of these are read, and how long a name may be.
_MAX_SIP_HEADERS = 16
_MAX_SIP_NAME = 64

#: C0, DEL, C1, the two line separators, and surrogates, which no ``encode`` takes.
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

#: ITU-T E.164: 15 digits at most. The provider writes no plus; people who try it out do.
_NUMBER = re.compile(r"\+?([0-9]{1,15})")

#: The provider writes uuids with and without dashes, so they are opaque; a conversation's has a prefix.
_LEG_UUID = re.compile(r"[!-~]{1,64}")
_CONVERSATION_UUID = re.compile(r"[!-~]{1,80}")

_URL = re.compile(r"https://[!-~]{1,120}")


@dataclass(frozen=True)
class AnswerRequest:
    """
    What an answer webhook said of the call, each part ``None`` where it is absent or not usable.

    Attributes:
        to: who was called: a number, a user, a SIP address; up to 256 characters without control characters.
        from_: who calls, likewise: a number, or the name of a user.
        uuid: the leg, printable ASCII without spaces, up to 64 characters.
        conversation_uuid: the conversation, likewise, up to 80 characters.
        region_url: where the provider's REST API is for this call. **In a query, anybody may have written it.**
        sip_headers: those that came with a call by SIP, by their own names, as in ``X-UserId``; at most 16.
    """

    to: str | None = None
    from_: str | None = None
    uuid: str | None = None
    conversation_uuid: str | None = None
    region_url: str | None = None
    sip_headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_query(cls, args: Mapping[bytes, Sequence[bytes]]) -> AnswerRequest:
        """Read a query string as Twisted's ``request.args`` has it; the first value of each name counts."""
        names = [*(name.encode() for name in _PARAMETERS), *(n for n in args if n.startswith(_SIP.encode()))]
        return cls.from_object(
            {text: _decode(args[name][0]) for name in names if args.get(name) and (text := _decode(name))}
        )

    @classmethod
    def from_object(cls, obj: Mapping[str, Json]) -> AnswerRequest:
        """Read the JSON object of a POST."""
        return cls(
            to=_usable(obj.get("to")),
            from_=_usable(obj.get("from")) or _usable(obj.get("from_user")),
            uuid=_matching(_LEG_UUID, obj.get("uuid")),
            conversation_uuid=_matching(_CONVERSATION_UUID, obj.get("conversation_uuid")),
            region_url=_matching(_URL, obj.get("region_url")),
            sip_headers=_sip_headers(obj),
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


def _sip_headers(obj: Mapping[str, Json]) -> dict[str, str]:
    """Take those that came by SIP: the first in the order of their names."""
    names = sorted(name for name in obj if name.startswith(_SIP) and len(name) <= _MAX_SIP_NAME)
    found = {name.removeprefix(_SIP): _usable(obj[name]) for name in names[:_MAX_SIP_HEADERS]}
    return {name: value for name, value in found.items() if name and value and _usable(name)}


def _matching(pattern: re.Pattern[str], value: Json) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
