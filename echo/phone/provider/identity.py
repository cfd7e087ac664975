"""Who calls whom, and the names that the provider gives to a call: its legs and its conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

#: Numbers that belong to nobody: Ofcom keeps these ranges free for drama.
CALLER = "447700900123"
CALLED = "442079460000"

#: The region whose REST API an application is told to use for the call (Vonage, "Voice API: Regions").
REGION_URL = "https://api-us-3.vonage.com"

#: Gives so many random bytes, as ``os.urandom`` does.
RandomBytes = Callable[[int], bytes]


def new_uuid(random: RandomBytes) -> str:
    """Make a random UUID (RFC 9562, version 4) with its dashes, as the provider writes them."""
    return str(UUID(bytes=random(16), version=4))


@dataclass(frozen=True)
class Identity:
    """
    What an application is told of a call.

    Attributes:
        from_: the number that calls, in digits.
        to: the number that is called.
        uuid: the caller's leg.
        conversation_uuid: the conversation, ``CON-`` and a UUID.
        leg: the leg of the first socket; further ones are named when they are opened.
        region_url: where the REST API for this call is.
    """

    from_: str
    to: str
    uuid: str
    conversation_uuid: str
    leg: str
    region_url: str = REGION_URL

    @classmethod
    def make(
        cls,
        random: RandomBytes,
        *,
        caller: str | None = None,
        called: str | None = None,
        region_url: str = REGION_URL,
    ) -> Identity:
        """Name a new call; ``caller`` and ``called`` are made-up numbers where they are ``None``."""
        return cls(
            from_=CALLER if caller is None else caller,
            to=CALLED if called is None else called,
            uuid=new_uuid(random),
            conversation_uuid=f"CON-{new_uuid(random)}",
            leg=new_uuid(random),
            region_url=region_url,
        )
