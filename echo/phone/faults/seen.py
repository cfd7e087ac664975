"""What one call showed, as far as faults are judged by it; and how an application behaves when nothing is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: What is heard where the application has made no sound.
QUIET: Final = ("nothing", "silence")


@dataclass(frozen=True)
class Seen:
    """
    One call.

    Attributes:
        url: of the socket.
        problem: why there was no call; ``None`` where there was one.
        heard: ``echo``, ``speech``, ``audio``, ``silence`` or ``nothing``.
        echoed: frames that came back.
        lost: frames that were sent and did not.
        altered: messages that came back and had not been said; each is a frame lost as well.
        repeated: messages that came back a second time.
        reordered: frames that came back behind a later one.
        round_trip: the longest one, in seconds; ``None`` where nothing came back.
        first_audio: seconds from the open socket to the first audio; ``None`` where none came.
        ended_by: ``caller``, ``application``, ``phone`` or ``network``; empty without a call.
        code: of the Close frame, if there was one.
        ended_at: seconds since the socket was opened.
        commands: text messages of the application that were answered.
        events: event webhooks that were sent.
        failed: checks that failed, each with its sentence.
    """

    url: str = ""
    problem: str | None = None
    heard: str = "nothing"
    echoed: int = 0
    lost: int = 0
    altered: int = 0
    repeated: int = 0
    reordered: int = 0
    round_trip: float | None = None
    first_audio: float | None = None
    ended_by: str = ""
    code: int | None = None
    ended_at: float = 0.0
    commands: int = 0
    events: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Seen:
        """Read a report, as ``Report.to_json()`` gives it."""
        ended, frames = report["ended"] or {}, report["frames"]
        return cls(
            url=report["url"],
            problem=report["problem"],
            heard=report["heard"],
            echoed=frames["echoed"],
            lost=frames["lost"],
            altered=frames["altered"],
            repeated=frames["repeated"],
            reordered=frames["reordered"],
            round_trip=_seconds(report["round_trip"]["max"]),
            first_audio=_seconds(report["setup"]["first_audio"]),
            ended_by=ended.get("by", ""),
            code=ended.get("code"),
            ended_at=_seconds(ended.get("at")) or 0.0,
            commands=sum(bool(text["answer"]) for text in report["texts"]),
            events=sum(webhook["kind"] == "event" for webhook in report["webhooks"]),
            failed={
                check["name"]: check["sentence"] for check in report["checks"] if check["passed"] is False
            },
        )

    @property
    def said(self) -> int:
        """How many frames were sent."""
        return self.echoed + self.lost

    @property
    def unlike(self) -> int:
        """How many messages came back altered, twice or in another order."""
        return self.altered + self.repeated + self.reordered

    @property
    def is_faithful(self) -> bool:
        """Whether every frame came back, once, in order and unchanged."""
        return self.heard == "echo" and not self.lost and not self.unlike

    @property
    def is_quiet(self) -> bool:
        """Whether the caller heard nothing."""
        return self.heard in QUIET

    @property
    def app_ended(self) -> bool:
        """Whether the application ended the call, or its end of the connection broke."""
        return self.ended_by in {"application", "network"}


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
