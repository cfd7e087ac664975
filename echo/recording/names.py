"""
The names of recordings: ours to make, from the date, the number of the call and something random.

::

    20261123T141500Z-call-12-9f3a5c01.wav         the audio of a call that is over (or .flac)
    20261123T141500Z-call-12-9f3a5c01.json        what is known of it
    20261123T141500Z-call-12-9f3a5c01.wav.part    the same while the call is on
    20261123T141500Z-call-12-9f3a5c01.json.part

Nothing of a peer's is ever part of one, and nothing else in the folder is ever touched.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

#: The formats of audio, by the ends of their names.
FORMATS: Final = ("wav", "flac")

PART: Final = ".part"

_STEM = r"[0-9]{8}T[0-9]{6}Z-call-[0-9]+-[0-9a-f]{8}"
_FINISHED = re.compile(rf"({_STEM})\.(wav|flac|json)")
_IN_THE_MAKING = re.compile(rf"({_STEM})\.(wav|flac|json)\.part")


def stem(since: float, number: int, random: bytes) -> str:
    """
    Name the recording of call ``number`` that begins at ``since``, seconds of the epoch, without what follows a dot.

    Args:
        since: seconds of the epoch.
        number: of the call.
        random: four bytes, so that neither a restart nor another daemon makes the same name.
    """
    return f"{datetime.fromtimestamp(since, UTC):%Y%m%dT%H%M%SZ}-call-{number}-{random.hex()}"


def finished(name: str) -> tuple[str, str] | None:
    """Tell the stem of a file's name and its kind, where it belongs to a recording that is finished."""
    found = _FINISHED.fullmatch(name)
    return None if found is None else (found[1], found[2])


def in_the_making(name: str) -> tuple[str, str] | None:
    """Tell the same of a file that is still being written, or was when its daemon came to an end."""
    found = _IN_THE_MAKING.fullmatch(name)
    return None if found is None else (found[1], found[2])
