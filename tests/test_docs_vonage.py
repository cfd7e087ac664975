"""docs/vonage.rst: what its tables say of the log is what the log says when that goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from echo.call.report import CallReport, Ending, explain
from echo.phone.provider.events import Leg, error_event
from echo.privacy import MASKED
from echo.untrusted import Json
from echo.web.trust import TrustTerms
from echo.webhook.secrets import Secret
from tests.face import KEY, Face
from tests.frames import TEXT, connected_message, encode_frame, upgrade_request
from tests.test_docs import text_of
from tests.tokens import SECRET, bearer
from tests.web.test_ncco import CALL, QUERY

DOCUMENT = "docs/vonage.rst"
CONVERSATION = CALL["conversation_uuid"]
SOCKET = Leg("socket", CALL["to"], "ws://localhost:8000/socket", CONVERSATION)

#: What the document's placeholders stand for.
_PLACEHOLDERS = {
    "ADDRESS": r"[0-9.]+",
    "NUMBER": r"[0-9]+",
    r"CON\-\.\.\.": r"CON-\S+",
    r"\.\.\.": ".*",
}


def ask(face: Face, *authorization: str) -> None:
    """Ask for the NCCO of a call."""
    face.ask(
        f"/ncco?{QUERY}", headers=[("Authorization", each) for each in authorization], host="localhost:8000"
    )


def tell(face: Face, event: dict[str, Json]) -> None:
    """Post an event."""
    face.ask("/events", method="POST", body=json.dumps(event).encode())


def signed(**more: Any) -> Face:
    """A face that wants signatures."""
    return Face(trust=TrustTerms(secrets=(Secret.parse(SECRET),), socket_auth=("token", "vonage"), **more))


def unproven(face: Face) -> None:
    """Open a socket without any proof."""
    face.connect().receive(upgrade_request("/socket", "localhost", KEY))


def begin(face: Face) -> Any:
    """Open a call that says whose it is."""
    wire, _ = face.call()
    wire.receive(encode_frame(TEXT, connected_message(conversation_uuid=CONVERSATION).encode()))
    return wire


def masked() -> Face:
    """A face whose log masks what is private."""
    face = Face()
    face.log.privacy = MASKED
    return face


def too_many_calls() -> Face:
    """A face with room for one call, and two that come."""
    face = Face(max_calls=1)
    face.call()
    unproven(face)
    return face


def too_many_upgrades() -> Face:
    """A face that is asked for more sockets than one address may."""
    face = Face(upgrades_burst=1)
    face.call()
    unproven(face)
    return face


def lost(times: int) -> Face:
    """A call that loses its socket again and again."""
    face = Face()
    for number in range(times):
        tell(face, replace(SOCKET, uuid=f"socket-{number}").event("disconnected", 1.8e9))
    return face


def after(face: Face, *doings: Callable[[Face], object]) -> Face:
    """A face to which this was done."""
    for do in doings:
        do(face)
    return face


def stop(face: Face) -> None:
    """Let the face take no more calls."""
    face.is_open = False


def stale(face: Face) -> None:
    """Ask with a token of long ago."""
    ask(face, bearer(iat=1_800_000_000 - 3600))


def whole_call() -> CallReport:
    """How an ordinary call ended."""
    face = Face()
    begin(face).lose()
    return face.registry.ended[0]


def ends() -> list[str]:
    """The last lines of calls that ended in all ways of the document."""
    report = whole_call()
    echoed = replace(report, frames_in=3120, frames_out=3120)
    broken = replace(report, ending=Ending("network", 1006, "Connection was closed"))
    refused = replace(report, ending=Ending("echo", 1008, "more than 200 frames/s"))
    return [explain(each) for each in (report, echoed, broken, refused)]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """All that the log says when all that goes wrong which the document tells of."""
    faces = [
        after(signed(), ask, lambda face: ask(face, bearer(secret="another")), stale, unproven),
        after(signed(application_id="mine"), lambda face: ask(face, bearer(application_id="other"))),
        after(Face(), ask, begin),
        after(Face(), stop, ask),
        after(masked(), ask),
        too_many_calls(),
        too_many_upgrades(),
        lost(4),
    ]
    tell(faces[2], SOCKET.event("failed", 1.8e9, detail="internal_error"))
    tell(faces[2], SOCKET.event("unanswered", 1.8e9, detail="timeout"))
    tell(faces[2], error_event(CONVERSATION, "Syntax error in NCCO. Invalid value type or action.", 1.8e9))
    return [line for face in faces for _, line in face.log.lines] + ends()


def told() -> list[str]:
    """What the tables say that the log says: the second column's literals."""
    rows = re.findall(r"^   \* - .*?(?=^   \* - |^\S|\Z)", text_of(DOCUMENT), re.MULTILINE | re.DOTALL)
    cells = [re.split(r"^     - ", row, flags=re.MULTILINE)[1] for row in rows]
    return [literal for cell in cells for literal in re.findall(r"``(.+?)``", cell)]


def as_pattern(literal: str) -> str:
    """Make of a line with placeholders what finds it."""
    pattern = re.sub(r"\bN\b", r"-?[0-9.]+", re.escape(literal))
    for placeholder, found in _PLACEHOLDERS.items():
        pattern = pattern.replace(placeholder, found)
    return pattern


def test_there_are_lines_to_compare() -> None:
    """The tables are read, and have a line of the log in most of their rows."""
    assert len(told()) > 20
    assert "CON-... has lost its socket: connected again" in told()


@pytest.mark.parametrize("literal", sorted(set(told())))
def test_the_log_says_what_the_tables_say(literal: str, lines: list[str]) -> None:
    """Each line of the tables is one that the daemon writes when that goes wrong."""
    pattern = re.compile(as_pattern(literal))
    assert [line for line in lines if pattern.search(line)], f"{pattern.pattern}\n" + "\n".join(lines)


def test_a_line_that_the_log_does_not_say_is_found(lines: list[str]) -> None:
    """The comparison fails for a line that is nowhere."""
    assert not [line for line in lines if re.search(as_pattern("call N ended by ghosts (...)"), line)]
