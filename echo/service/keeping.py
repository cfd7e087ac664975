"""The settings that say which calls are recorded, into what, and how long that is kept."""

from __future__ import annotations

from echo.limits import OUT_OF_THE_WAY
from echo.service import values
from echo.service.setting import Setting, choice

#: Their rows, in the order of the help.
RECORDING = (
    Setting(
        name="record",
        default=None,
        parse=values.file_path,
        allowed="the path of a folder",
        help="Record calls into this folder: the caller left, the application right, and beside it what is known of "
        "the call as JSON. Without it: nothing is recorded.",
        placeholder="FOLDER",
    ),
    choice(
        "record_calls",
        "all",
        ("all", "asked"),
        "a choice of calls",
        "Which calls are recorded, with --record: all, or those of which an app asks for it (call.record()).",
    ),
    choice(
        "record_format",
        "wav",
        ("wav", "flac"),
        "a format of recordings",
        "The format of recordings: wav, or flac, which takes half the room and is made when the call is over.",
    ),
    Setting(
        name="record_keep_days",
        default=None,
        parse=values.whole_number(1, 36_500),
        allowed="a whole number of days from 1 to 36500",
        help="After how many days recordings are removed. Without it: never.",
        placeholder="N",
    ),
    Setting(
        name="record_max_mb",
        default=None,
        parse=values.whole_number(1, OUT_OF_THE_WAY),
        allowed=f"a whole number of megabytes from 1 to {OUT_OF_THE_WAY}",
        help="How many megabytes all recordings together may take: beyond it the oldest are removed. Without it: any "
        "number.",
        placeholder="N",
    ),
    Setting(
        name="record_free_mb",
        default="100",
        parse=values.whole_number(0, OUT_OF_THE_WAY),
        allowed=f"a whole number of megabytes from 0 to {OUT_OF_THE_WAY}",
        help="How many megabytes of the disk recordings leave free: below that nothing is recorded, and calls go on.",
        placeholder="N",
    ),
)
