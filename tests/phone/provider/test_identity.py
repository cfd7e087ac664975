"""The names of a call."""

from __future__ import annotations

import re
from itertools import count

from echo.phone.provider.identity import CALLED, CALLER, Identity, new_uuid

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_legs_are_uuids_and_a_conversation_has_its_prefix() -> None:
    """Each name is a UUID with dashes, the conversation's with CON- before it, and no two are the same."""
    numbers = count(1)
    identity = Identity.make(lambda size: next(numbers).to_bytes(size, "big"))

    names = [identity.uuid, identity.leg, identity.conversation_uuid.removeprefix("CON-")]

    assert identity.conversation_uuid.startswith("CON-")
    assert all(UUID4.fullmatch(name) for name in names)
    assert len(set(names)) == 3


def test_numbers_may_be_given() -> None:
    """Who calls whom is made up unless it is said."""
    made_up = Identity.make(bytes)
    given = Identity.make(bytes, caller="4915112345678", called="493012345", region_url="http://127.0.0.1:9")
    assert (made_up.from_, made_up.to) == (CALLER, CALLED)
    assert (given.from_, given.to, given.region_url) == ("4915112345678", "493012345", "http://127.0.0.1:9")


def test_a_uuid_is_of_the_random_kind() -> None:
    """Version and variant are those of RFC 9562, whatever the random bytes are."""
    assert new_uuid(lambda size: b"\xff" * size) == "ffffffff-ffff-4fff-bfff-ffffffffffff"
