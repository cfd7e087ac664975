"""What a call may choose for itself: the app that answers it, and, where that is the bridge, its room."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from echo.untrusted import Json

#: The name of a room: it is one of the headers, which have 512 bytes together.
_ROOM = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")


@dataclass(frozen=True)
class Choice:
    """
    What one call has chosen.

    Attributes:
        app: the name of its app, which may be none that is allowed; ``None`` for the daemon's.
        room: the name of its room.
    """

    app: str | None = None
    room: str | None = None

    @classmethod
    def of_query(cls, args: Mapping[bytes, Sequence[bytes]]) -> Choice:
        """Read ``?app=`` and ``?room=`` of an answer URL."""
        app, room = (_text(args.get(name, ())[:1]) for name in (b"app", b"room"))
        return cls(app, _room(room))

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, Json]) -> Choice:
        """Read what a socket has been told, as it is when it was opened by :meth:`of_query`."""
        app = metadata.get("app")
        return cls(app if isinstance(app, str) else None, _room(metadata.get("room")))

    def among(self, allowed: Collection[str]) -> Choice:
        """Choose no app that is not ``allowed``."""
        return self if self.app is None or self.app in allowed else replace(self, app=None)


#: The choice of who chooses nothing.
NO_CHOICE = Choice()


def _text(values: Sequence[bytes]) -> str | None:
    return values[0].decode("utf-8", "replace") if values else None


def _room(value: Json) -> str | None:
    return value if isinstance(value, str) and _ROOM.fullmatch(value) else None
