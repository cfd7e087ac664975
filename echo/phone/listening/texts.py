"""
The text messages of an application: the two commands that the provider knows, and whatever else comes.

``{"action": "clear"}`` and ``{"action": "notify", "payload": {...}}`` (Vonage, "Voice API: WebSockets").
There is no other one: nothing on the socket hangs up, transfers or presses keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from echo.errors import UntrustedTextError
from echo.untrusted import Json, clean, parse_object

#: Texts that are kept; later ones are counted only.
KEPT: Final = 200

#: Characters that are kept of each.
KEPT_CHARACTERS: Final = 1024

#: The largest command that is looked at, in bytes.
_MAX_COMMAND = 65536

CLEAR, NOTIFY = "clear", "notify"
CLEARED_EVENT, NOTIFY_EVENT = "websocket:cleared", "websocket:notify"

#: What only the provider says; the last two are keys of its messages from before October 2018.
_EVENT_PREFIX = "websocket:"
_PROVIDERS_KEYS = ("content-type", "digit")


@dataclass(slots=True)
class TextHeard:
    """
    A text message of the application.

    Attributes:
        at: seconds since the call began.
        text: its beginning, as it came: untrusted.
        action: ``clear`` or ``notify``; ``None`` for what is no command.
        payload: of a ``notify`` that waits, as JSON: the objects would take twenty times the memory.
        answer: the event that answered it, as in ``websocket:cleared``.
        problem: why it is no command, as the end of a sentence that begins with "it".
    """

    at: float
    text: str
    action: str | None = None
    payload: str | None = None
    answer: str | None = None
    problem: str | None = None

    def answered(self) -> dict[str, Json]:
        """Note the answer to a ``notify`` and give its event."""
        self.answer = NOTIFY_EVENT
        payload, self.payload = self.payload, None
        return {"event": NOTIFY_EVENT, "payload": json.loads(payload or "{}")}

    def cleared(self) -> dict[str, Json]:
        """Note the answer to a ``clear`` and give its event."""
        self.answer = CLEARED_EVENT
        return {"event": CLEARED_EVENT}

    def refuse(self, problem: str) -> None:
        """Take it for no command."""
        self.action, self.payload, self.problem = None, None, problem


class Texts:
    """
    All texts of a call, bounded.

    Attributes:
        kept: the first ones.
        count: all of them.
        unknown: those that are no command.
        first_unknown: the first of these.
    """

    def __init__(self) -> None:
        self.kept: list[TextHeard] = []
        self.count = 0
        self.unknown = 0
        self.first_unknown: TextHeard | None = None

    def keep(self, heard: TextHeard) -> None:
        """Count a text, and keep it while there is room."""
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append(heard)
        if heard.problem is not None:
            self.unknown += 1
            self.first_unknown = self.first_unknown or heard


def read_text(text: str, at: float) -> TextHeard:
    """Read one text message; white space around the JSON is fine."""
    heard = TextHeard(at, text[:KEPT_CHARACTERS])
    try:
        command = parse_object(text.encode("utf-8", "surrogatepass"), _MAX_COMMAND)
    except UntrustedTextError as error:
        heard.problem = f"is no command: {error.problem}"
        return heard
    heard.problem = _problem(command)
    if heard.problem is None:
        heard.action = CLEAR if command["action"] == CLEAR else NOTIFY
        if heard.action == NOTIFY:
            heard.payload = json.dumps(command["payload"], ensure_ascii=False, separators=(",", ":"))
    return heard


def _problem(command: dict[str, Json]) -> str | None:
    """Say why an object is no command, if it is none."""
    action = command.get("action")
    if action == NOTIFY:
        if isinstance(command.get("payload"), dict):
            return None
        return "is a notify without an object as its payload"
    if action == CLEAR:
        return None
    if isinstance(action, str):
        return f'has the action "{clean(action, 40)}", which the provider does not know'
    if _is_the_providers(command):
        return "is the provider's own message, sent back"
    return 'has no "action" that is a string'


def _is_the_providers(command: dict[str, Json]) -> bool:
    event = command.get("event")
    if isinstance(event, str):
        return event.startswith(_EVENT_PREFIX)
    return any(key in command for key in _PROVIDERS_KEYS)
