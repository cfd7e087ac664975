"""The rows of a report: what each group of figures is called, and how it is said in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from echo.phone.show.meters import counted, milliseconds
from echo.untrusted import clean

#: The row with the picture below.
ROUND_TRIP: Final = "Round trip"

#: A name and what is said of it.
Row = tuple[str, str]

_ENDINGS: Final = {
    "caller": "The caller hung up",
    "application": "The application ended the call",
    "phone": "The provider ended the call",
    "network": "The connection broke",
}

_HEARD: Final = {
    "echo": "the caller's own voice, returned",
    "speech": "speech",
    "audio": "audio",
    "silence": "silence",
    "nothing": "nothing at all",
}

#: Enough of a text of the application's to see what it is about.
_TEXT_LENGTH = 200


def setup(report: Mapping[str, Any]) -> Iterator[Row]:
    """Say how long it took until the call stood."""
    names = {"ncco": "NCCO", "upgrade": "socket", "first_audio": "first audio"}
    times = {name: report["setup"][key] for key, name in names.items()}
    told = [f"{name} {milliseconds(time)}" for name, time in times.items() if time is not None]
    if told:
        yield "Setup", ", ".join(told)


def audio(report: Mapping[str, Any]) -> Iterator[Row]:
    """Say what was said and heard, and how it came."""
    yield "Call", f"{milliseconds(report['duration'])} at {report['rate']} Hz{_talk(report)}"
    frames = report["frames"]
    came = f"came back{_echoes(frames)}" if report["heard"] == "echo" or _echo_expected(report) else "came"
    yield "Frames", f"{frames['out']} said, {frames['in']} {came}"
    if report["round_trip"]["frames"]:
        yield ROUND_TRIP, f"of {counted(report['round_trip']['frames'], 'frame')}"
    if frames["in"]:
        yield "Arrival", _arrival(report)
        yield "Playback", _playback(report)
    for lost in report.get("reconnects", ()):
        yield (
            "Reconnected",
            f"after {milliseconds(lost['after'])}, silent for {milliseconds(lost['silence'])}",
        )
    yield "Heard", _HEARD.get(report["heard"], clean(str(report["heard"])))
    yield from _ending(report)


def behind_the_scenes(report: Mapping[str, Any]) -> Iterator[Row]:
    """Say what was exchanged besides audio: the steps of the NCCO, the webhooks, the phone's own clock."""
    for step in report["steps"]:
        yield "Step", step
    for webhook in report["webhooks"]:
        yield "Webhook", _webhook(webhook)
    if report["late"]["max"] is not None:
        yield "Own clock", f"frames left {milliseconds(report['late']['max'])} late at most"


def text(message: Mapping[str, Any]) -> str:
    """Say what a text of the application's was, and how it was answered."""
    answer = message["answer"]
    name = answer.get("event", "") if isinstance(answer, Mapping) else answer
    answered = (
        f" - answered by {clean(name if isinstance(name, str) else json.dumps(name), 80)}" if name else ""
    )
    return f"{milliseconds(message['at'])}: {clean(str(message['text']), _TEXT_LENGTH)}{answered}"


def _talk(report: Mapping[str, Any]) -> str:
    said = f", saying {report['talked']}" if report.get("talked") else ""
    return said + (f", keys {report['dtmf']}" if report.get("dtmf") else "")


def _echo_expected(report: Mapping[str, Any]) -> bool:
    return any(check["name"] == "echo" for check in report["checks"])


def _echoes(frames: Mapping[str, Any]) -> str:
    """Name the fates of the frames that were returned; those that nothing met are left out."""
    told = [f"{frames['echoed']} as they were said"] if frames["echoed"] else []
    names = ("lost", "repeated", "reordered", "altered")
    told += [f"{frames[name]} {name}" for name in names if frames["echoed"] and frames[name]]
    return f": {', '.join(told)}" if told else ""


def _arrival(report: Mapping[str, Any]) -> str:
    gaps = report["gaps"]
    told = [f"jitter {milliseconds(report['jitter'])}"]
    told.append(f"{counted(gaps['count'], 'gap')} over 60 ms")
    if gaps["longest"]:
        told.append(f"longest {milliseconds(gaps['longest'])}")
    for key, name in (
        ("wrong_sized", "of a wrong size"),
        ("odd", "of odd size"),
        ("fragmented", "in fragments"),
    ):
        if report.get(key):
            told.append(f"{report[key]} {name}")
    return ", ".join(told) + _offender(report["first_offender"])


def _offender(first: Mapping[str, Any] | None) -> str:
    if first is None:
        return ""
    pieces = f" in {first['pieces']} fragments" if first["pieces"] > 1 else ""
    return f"; the first such is message {first['index']}, of {first['size']} bytes{pieces}"


def _playback(report: Mapping[str, Any]) -> str:
    peak = report["queue_peak"]
    told = [counted(report["underruns"], "underrun")]
    if report["overflowed"]:
        told.append(f"{counted(report['overflowed'], 'frame')} dropped by the full buffer")
    told.append(f"at most {counted(peak, 'frame')} ({milliseconds(peak * 20)}) waiting")
    return ", ".join(told)


def _ending(report: Mapping[str, Any]) -> Iterator[Row]:
    ended = report["ended"]
    if ended is None:
        return
    how = f" with code {ended['code']}" if ended["code"] is not None else " without a Close frame"
    reason = f": {ended['reason']}" if ended["reason"] else ""
    who = _ENDINGS.get(ended["by"], clean(str(ended["by"])))
    yield "Ending", f"{who} after {milliseconds(ended['at'])}{how}{reason}"


def _webhook(webhook: Mapping[str, Any]) -> str:
    what = f"{webhook['kind']} {webhook['status']}".strip()
    status = f" {webhook['http']}" if webhook["http"] is not None else ""
    took = f" in {milliseconds(webhook['time'])}" if webhook.get("time") is not None else ""
    tries = f", {webhook['attempts']} attempts" if webhook["attempts"] > 1 else ""
    problem = f": {webhook['problem']}" if webhook["problem"] else ""
    return f"{what} to {webhook['url']}:{status}{took}{tries}{problem}"
