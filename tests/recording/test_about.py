"""What stands beside the audio."""

from __future__ import annotations

import json
from dataclasses import replace

from echo.audio.format import AudioFormat
from echo.call.metered import Metered
from echo.call.record import CallRecord
from echo.call.reel import Reel
from echo.recording.about import begun, document, ended
from echo.webhook.facts import EventFacts
from tests.doubles import Stage

SINCE = 1_800_000_000.0


def reel() -> Reel:
    """What was recorded of a call."""
    made = Reel(AudioFormat(8000), 5.0, lambda *_: None)
    made.text(6.0, "in", "Grüße\n\x1b[31m")
    return made


def test_the_beginning_is_told_at_once() -> None:
    """Who is on the line is known even if the daemon comes to a sudden end."""
    told = begun(reel(), Stage(number=7).call.report(), SINCE)
    assert (told["state"], told["began"], told["call"]["number"]) == (
        "recording",
        "2027-01-15T08:00:00.000Z",
        7,
    )
    assert told["audio"] == {"channels": ["caller", "application"], "rate": 8000}


def test_keys_that_the_meter_heard_stay_out_of_it() -> None:
    """They are those of the whole call: an app may have stopped recording so that they are kept nowhere."""
    report = replace(Stage().call.report(), metered=Metered(keys="4111", key_count=4))
    assert "4111" not in json.dumps(ended(reel(), report, None, SINCE))
    assert begun(reel(), report, SINCE)["call"]["metered"]["keys_in_band_count"] == 4


def test_a_call_that_nobody_knows_has_nobody_on_it() -> None:
    """Where the socket has not said whose it is, that is so."""
    told = ended(reel(), Stage().call.report(), None, SINCE)
    assert told["who"] == {"conversation_uuid": None, "caller": None, "called": None}
    assert told["timeline"] == []


def test_the_timeline_is_that_of_the_record() -> None:
    """Statuses in their order; a time that is none, or that no event has told, is null."""
    record = CallRecord("CON-1")
    for status, at in (("completed", 1e300), ("answered", SINCE), ("ringing", None)):
        record.note(EventFacts("CON-1", "leg", status, at, {}, {}))
    told = ended(reel(), Stage().call.report(), record, SINCE)
    assert [(each["status"], each["at"]) for each in told["timeline"]] == [
        ("answered", "2027-01-15T08:00:00.000Z"),
        ("completed", None),
        ("ringing", None),
    ]


def test_what_strangers_say_is_plain_text_in_it() -> None:
    """The document is ASCII: nothing in it moves a cursor, and a text is what it was."""
    written = document(ended(reel(), Stage().call.report(), None, SINCE))
    assert written.isascii()
    assert b"\x1b" not in written
    assert json.loads(written)["texts"] == [{"at": 1.0, "direction": "in", "text": "Grüße\n\x1b[31m"}]
