"""The bridge: all who call in the same room hear one another, and none of them hears themselves."""

from __future__ import annotations

from typing import Any, Final

from echo.apps.base import App
from echo.apps.conversation import Conversation
from echo.apps.room import Member, Room
from echo.call.codes import TRY_AGAIN_LATER
from echo.call.report import Ending

#: The header in the NCCO that names the room, and the room of those who name none.
ROOM_HEADER: Final = "room"
LOBBY: Final = "lobby"

#: Characters of a name: the headers of an NCCO have 512 bytes in all.
_LONGEST_NAME: Final = 64

#: Members of a room; each beat of it costs as much for every one of them.
MOST_MEMBERS: Final = 50


class Rooms:
    """All rooms that somebody is in, by their names."""

    def __init__(self, rooms: dict[str, Room], reactor: Any) -> None:
        """Keep them in ``rooms``, which outlives a reload of the settings."""
        self._reactor = reactor
        self._rooms = rooms

    def enter(self, name: str, call: Conversation) -> Room:
        """Give the room of this name, which speaks as its first caller does."""
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(call.audio, self._reactor)
        return room

    def left(self, name: str) -> None:
        """Close a room that nobody is in any more."""
        if name in self._rooms and not self._rooms[name]:
            del self._rooms[name]


class Bridge(App):
    """
    One caller of a room.

    Args:
        call: the call.
        rooms: all rooms of the daemon.
    """

    def __init__(self, call: Conversation, rooms: Rooms) -> None:
        super().__init__(call)
        named = call.headers.get(ROOM_HEADER)
        self._name = named[:_LONGEST_NAME] if isinstance(named, str) and named else LOBBY
        self._rooms = rooms
        self._room: Room | None = None
        self._member: Member | None = None

    def answered(self) -> None:
        """Come in."""
        room = self._rooms.enter(self._name, self.call)
        if len(room) >= MOST_MEMBERS:
            self.call.hangup("the room is full", TRY_AGAIN_LATER)
            return
        self._room = room
        self._member = room.join(self.call.audio, self.call.send_audio)
        shown = LOBBY if self._name == LOBBY else self.call.log.privacy.words(self._name)
        self.call.log.info(f"in the room {shown}, where {len(room)} are now")

    def audio(self, frame: bytes) -> None:
        """Let the others hear it."""
        if self._room is not None and self._member is not None:
            self._room.says(self._member, frame)

    def ended(self, reason: Ending) -> None:  # noqa: ARG002  of the interface
        """Leave."""
        room, member = self._room, self._member
        self._room = self._member = None
        if room is not None and member is not None:
            room.leave(member)
            self._rooms.left(self._name)
