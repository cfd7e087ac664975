"""
What of a call's private matters stands in the log: all of it, or just enough to tell calls apart.

Private are numbers and names of people, the keys that they press, what they say, all that the operator's NCCO tells of
them, and addresses. Not private are the provider's own words and the names that it gives calls and legs; secrets are
never in the log at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Final

from echo.errors import UntrustedTextError
from echo.untrusted import Json, parse_object

#: What stands for something private.
STARS: Final = "***"

#: Digits of a number that are shown: enough to find a call of which somebody tells the number.
_DIGITS_SHOWN: Final = 2

_NUMBER = re.compile(r"\+?[0-9]{4,}")
_ID = re.compile(r"(?:CON-)?(?:[0-9a-fA-F]-?){32}")
_WORD = re.compile(r"[a-z][a-z_:-]{0,39}")
_FORMAT = re.compile(r"audio/l16;rate=[0-9]{4,5}")

#: Parts of a text message that say nothing of a person, where they look like it.
_PLAIN_IN_TEXTS: Final = {"event": _WORD, "action": _WORD, "content-type": _FORMAT}

#: Parts of an event that say nothing of a person: words and figures of the provider's.
_PLAIN_IN_EVENTS: Final = frozenset(
    {
        *("status", "sub_state", "direction", "detail", "reason", "sip_code", "disconnected_by"),
        *("duration", "price", "rate", "network", "size", "timed_out", "timeout_reason", "confidence"),
        *("timestamp", "start_time", "end_time"),
    }
)

#: Names of calls, legs and recordings, where they look like it.
_IDS: Final = frozenset(
    {
        *("uuid", "call_uuid", "conversation_uuid", "conversation_uuid_from", "conversation_uuid_to"),
        "recording_uuid",
    }
)

#: The largest text message that is taken apart; what is longer is none of the provider's.
_MAX_TEXT: Final = 8192


class Privacy:
    """Shows everything."""

    name = "shown"

    def party(self, who: str) -> str:
        """Show who calls or is called: a number, a user, a SIP address."""
        return who

    def address(self, who: str) -> str:
        """Show a peer by its address, as far as it is one."""
        return who

    def target(self, uri: str) -> str:
        """Show what a request asks for."""
        return uri

    def uuid(self, name: str) -> str:
        """Show the name of a call or leg, as far as it is one."""
        return name

    def words(self, said: str) -> str:
        """Show what a peer has said where a word of its was expected."""
        return said

    def text(self, payload: bytes) -> bytes:
        """Show a text message."""
        return payload

    def in_event(self, name: str, value: Json) -> Json:  # noqa: ARG002  all are shown
        """Show a part of an event."""
        return value


class Masked(Privacy):
    """Shows the last two digits of numbers, and stars for all else that is private."""

    name = "masked"

    def party(self, who: str) -> str:
        """Show the end of a number, and nothing of a name."""
        return STARS + who[-_DIGITS_SHOWN:] if _NUMBER.fullmatch(who) else STARS

    def address(self, who: str) -> str:
        """Show nothing of an address, with or without its port."""
        return STARS if _is_address(who) else who

    def target(self, uri: str) -> str:
        """Show the path alone."""
        path, query, _ = uri.partition("?")
        return f"{path}?{STARS}" if query else path

    def uuid(self, name: str) -> str:
        """Show a name of the provider's form; in its place, anybody may have written anything."""
        return name if _ID.fullmatch(name) else STARS

    def words(self, said: str) -> str:
        """Show nothing."""
        return STARS if said else said

    def text(self, payload: bytes) -> bytes:
        """Show what kind of message it is and which parts it has; of no JSON object only its size."""
        try:
            message = parse_object(payload, _MAX_TEXT)
        except UntrustedTextError:
            return f"{STARS} ({len(payload)} bytes)".encode()
        shown = {name: self._in_text(name, value) for name, value in message.items()}
        return json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode()

    def in_event(self, name: str, value: Json) -> Json:
        """Show the provider's words; of anything else, and of what it does not have today, nothing."""
        if value is None or isinstance(value, bool) or value == "" or name in _PLAIN_IN_EVENTS:
            return value
        if name in _IDS:
            return _id(value)
        if not isinstance(value, str) or name not in {"from", "to", "from_user"}:
            return STARS
        scheme, is_url, _ = value.partition("://")
        return f"{scheme}://{STARS}" if is_url and _WORD.fullmatch(scheme) else self.party(value)

    def _in_text(self, name: str, value: Json) -> Json:
        if name in _IDS:
            return _id(value)
        if name == "duration":
            return value if isinstance(value, int | float) else STARS
        pattern = _PLAIN_IN_TEXTS.get(name)
        return value if pattern is not None and isinstance(value, str) and pattern.fullmatch(value) else STARS


SHOWN, MASKED = Privacy(), Masked()

#: By the value of ``--log-private``.
PRIVACIES: Mapping[str, Privacy] = {each.name: each for each in (SHOWN, MASKED)}


def _id(value: Json) -> Json:
    return value if isinstance(value, str) and _ID.fullmatch(value) else STARS


def _is_address(who: str) -> bool:
    host = who.partition("]")[0].removeprefix("[") if who.startswith("[") else who
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        ip_network(host.partition("%")[0], strict=False)
    except ValueError:
        return False
    return True
