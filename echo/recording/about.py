"""What stands beside the audio of a call: who, when, what was told of it, and what was counted, as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from echo.call.record import CallRecord
from echo.call.reel import Reel
from echo.call.report import CallReport, as_json
from echo.untrusted import Json

#: Counts changes that a reader of these files has to know of.
VERSION = 1


def begun(reel: Reel, report: CallReport, since: float) -> dict[str, Any]:
    """
    Tell what is known as a recording begins, at ``since`` in seconds of the epoch.

    What people said is in it as they said it: numbers, names, metadata. What the meter has heard as keys is not: it
    listens to the whole call, and an app may have stopped recording for just these.
    """
    return {
        "version": VERSION,
        "state": "recording",
        "began": _date(since),
        "audio": {"channels": ["caller", "application"], "rate": reel.audio.rate},
        "call": _without_keys(as_json(report)),
    }


def ended(reel: Reel, report: CallReport, record: CallRecord | None, since: float) -> dict[str, Any]:
    """Tell what is known when it is over."""
    return begun(reel, report, since) | {
        "state": "complete",
        "who": _who(record),
        "timeline": _timeline(record),
        "texts": [
            {"at": round(at, 3), "direction": direction, "text": text} for at, direction, text in reel.texts
        ],
        "texts_left_out": reel.texts_left_out,
    }


def document(told: dict[str, Any]) -> bytes:
    """Write it."""
    return json.dumps(told, indent=2, ensure_ascii=True).encode() + b"\n"


def _without_keys(call: dict[str, Json]) -> dict[str, Json]:
    metered = call["metered"]
    if isinstance(metered, dict):
        call["metered"] = {name: value for name, value in metered.items() if name != "keys_in_band"}
    return call


def _who(record: CallRecord | None) -> dict[str, Json]:
    if record is None:
        return {"conversation_uuid": None, "caller": None, "called": None}
    return {
        "conversation_uuid": record.conversation_uuid,
        "caller": record.caller,
        "called": record.called,
        "headers": dict(sorted(record.headers.items())),
        "sip_headers": dict(sorted(record.sip_headers.items())),
    }


def _timeline(record: CallRecord | None) -> list[dict[str, Json]]:
    if record is None:
        return []
    return [
        {"at": None if each.at is None else _date(each.at), "leg": each.leg, "status": each.status}
        for each in record.timeline()
    ]


def _date(seconds: float) -> str | None:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # an event may tell any number
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
