"""The events that ask how to go on: a lost socket is connected again, a failed connect has its fallback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from echo.phone.provider.events import Leg
from echo.untrusted import Json
from echo.web.ncco_file import NccoFile
from tests.doubles import RecordingLog
from tests.face import Answer, Face
from tests.frames import TEXT, connected_message, encode_frame

CALL = "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
CALLER = Leg("caller", "447700900000", "442079460000", CALL, direction="inbound")
NCCO = f"/ncco?to={CALLER.to}&from={CALLER.from_}&uuid=caller&conversation_uuid={CALL}"
METADATA: dict[str, Any] = {"uuid": "caller", "conversation_uuid": CALL}


def socket(uuid: str = "socket", **more: Any) -> Leg:
    """The leg of a socket as its events name it."""
    told = {"to": "ws://echo.example/socket", "headers": METADATA, **more}
    return Leg(uuid, CALLER.to, conversation_uuid=CALL, **told)


def tell(face: Face, event: dict[str, Json]) -> Answer:
    """Post an event."""
    return face.ask("/events", method="POST", body=json.dumps(event).encode())


def lost(uuid: str = "socket", **more: Any) -> dict[str, Json]:
    """The event of a socket that went away."""
    return socket(uuid, **more).event("disconnected", 1795435200.0)


def begun(face: Face) -> Any:
    """A call whose socket is open, and has said whose it is."""
    face.ask(NCCO)
    wire, _ = face.call()
    wire.receive(encode_frame(TEXT, connected_message(**METADATA).encode()))
    return wire


def file_of(folder: Path, script: object, name: str = "ncco.json") -> NccoFile:
    """A script of the operator's."""
    (folder / name).write_text(json.dumps(script))
    return NccoFile(folder / name, RecordingLog())


def test_a_lost_socket_is_connected_again() -> None:
    """The answer is the connect of the call's script, without its greeting."""
    face = Face()
    script = face.ask(NCCO).json()
    begun(face).lose()

    answer = tell(face, lost())

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == script[1:]
    assert face.log.at("info")[-1] == f"{CALL} has lost its socket: connected again"


def test_a_call_of_another_process_is_connected_again() -> None:
    """After a crash nothing is known of it but what the event says, and that is enough."""
    knew, knows_nothing = Face(), Face()
    script = knew.ask(NCCO).json()
    assert tell(knows_nothing, lost()).json() == script[1:]


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("query", ["app=bridge&room=7", "app=parrot", "room=8"])
def test_the_app_of_a_call_is_the_same_again(query: str, *, restarted: bool) -> None:
    """What it has chosen is told to the next socket too, by this process or by another one."""
    first = Face(apps=("bridge", "parrot"))
    script = first.ask(f"{NCCO}&{query}").json()
    told = script[-1]["endpoint"][0]["headers"]
    chosen = {name: value for name, _, value in (each.partition("=") for each in query.split("&"))}
    assert {name: told.get(name) for name in chosen} == chosen
    face = Face(apps=("bridge", "parrot")) if restarted else first
    assert tell(face, lost(headers=told)).json() == script[1:]


def test_the_same_event_again_has_the_same_answer() -> None:
    """A retry of the provider's is answered alike, and counts once."""
    face = Face()
    answers = [tell(face, lost()).body for _ in range(10)]
    assert len(set(answers)) == 1
    assert answers[0] != b""


def test_three_times_a_minute() -> None:
    """A call whose socket is lost again and again is let go, and may come back a minute later."""
    face = Face()
    answers = [tell(face, lost(f"socket-{number}")).body != b"" for number in range(5)]
    assert answers == [True, True, True, False, False]
    assert face.refusals.counts["reconnects_per_minute"] == 2
    assert f"refused by reconnects_per_minute: {CALL}" in face.log.at("warn")
    assert face.log.at("info")[-1].endswith("not connected again: it was too often in a minute")

    face.clock.advance(60)

    assert tell(face, lost("socket-9")).body != b""


def test_what_we_have_ended_stays_so() -> None:
    """A socket that we closed for what its peer did is no accident; the next one may have one."""
    face = Face()
    wire = begun(face)
    wire.receive(encode_frame(3, b"reserved"))
    assert tell(face, lost()).body == b""
    assert face.log.at("info")[-1].endswith("not connected again: we have ended it")

    begun(face)

    assert tell(face, lost("next")).body != b""


@pytest.mark.parametrize("code", [1001, 1011, 1013])
def test_what_was_no_wish_of_ours_is_an_accident(code: int) -> None:
    """A drain, a bug, a queue that was full: the call is connected again, while its socket is still closing, too."""
    face = Face()
    begun(face)
    (call,) = face.registry.live.values()
    call.close(code, "why")
    assert tell(face, lost()).body != b""


def test_a_caller_who_has_hung_up_is_left_alone() -> None:
    """There is nobody to go on for, and where events overtake each other that may be known first."""
    face = Face()
    begun(face)
    tell(face, CALLER.completed(1795435200.0, None, "user"))
    assert tell(face, lost()).body == b""


def test_an_event_of_no_call() -> None:
    """Nobody can know which one to connect."""
    face = Face()
    event = lost()
    del event["conversation_uuid"]
    answer = tell(face, event)
    assert (answer.status, answer.body) == (200, b"")


def test_by_get_as_well() -> None:
    """An application that chose GET for its events gets the same answer."""
    query = f"status=disconnected&uuid=socket&conversation_uuid={CALL}&to=ws://echo.example/socket&from={CALLER.to}"
    answer = Face().ask(f"/events?{query}")
    assert answer.json()[0]["endpoint"][0]["uri"] == "ws://echo.example/socket"


def test_the_operators_script_goes_on_from_its_socket(tmp_path: Path) -> None:
    """What came before the connect is not said twice, what follows it still comes, and metadata is as it was."""
    endpoint = {"type": "websocket", "uri": "${socket_url}?lang=en", "headers": {"caller": "${from}"}}
    script = [
        {"action": "talk", "text": "hello"},
        {"action": "connect", "endpoint": [{"type": "phone", "number": "1"}]},
        {"action": "connect", "eventUrl": ["${events_url}"], "endpoint": [endpoint]},
        {"action": "talk", "text": "goodbye, ${to}"},
    ]
    face = Face(ncco_file=file_of(tmp_path, script))
    event = lost(to="ws://other.example/socket?lang=en", headers={"caller": "447700900000", "age": 40})

    connect, goodbye = tell(face, event).json()

    assert connect["eventUrl"] == ["http://echo.example/events"]
    (endpoint,) = connect["endpoint"]
    assert endpoint["uri"] == "ws://echo.example/socket?lang=en"
    assert endpoint["headers"] == {"caller": "447700900000", "age": 40}
    assert goodbye == {"action": "talk", "text": "goodbye, 442079460000"}


def test_a_script_without_that_socket(tmp_path: Path) -> None:
    """A socket that the operator's script has elsewhere is the operator's; a warning says why nothing was done."""
    script = [{"action": "connect", "endpoint": [{"type": "websocket", "uri": "wss://bot.example/talk"}]}]
    face = Face(ncco_file=file_of(tmp_path, script))
    assert tell(face, lost()).body == b""
    assert face.log.at("warn") == [f"{CALL}: the NCCO has no connect to the socket that was lost"]


@pytest.mark.parametrize("status", ["busy", "failed", "rejected", "timeout", "unanswered"])
def test_a_connect_that_came_to_nothing_has_a_fallback(tmp_path: Path, status: str) -> None:
    """The operator's file is filled in and answers, three times a minute; without one the provider decides."""
    script = [{"action": "talk", "text": "Nobody is there, ${from}."}]
    face = Face(fallback_file=file_of(tmp_path, script))
    face.ask(NCCO)
    answers = [tell(face, socket(f"socket-{number}").event(status, 1.0)) for number in range(4)]
    assert answers[0].json() == [{"action": "talk", "text": "Nobody is there, 447700900000."}]
    assert [answer.body != b"" for answer in answers] == [True, True, True, False]
    assert tell(Face(), socket().event(status, 1.0)).body == b""


@pytest.mark.parametrize("status", ["started", "ringing", "answered", "completed", "cancelled", "human"])
def test_other_events_are_answered_with_nothing(tmp_path: Path, status: str) -> None:
    """They ask for nothing."""
    face = Face(fallback_file=file_of(tmp_path, [{"action": "talk", "text": "x"}]))
    assert tell(face, socket().event(status, 1.0)).body == b""


def test_the_callers_own_leg_has_no_fallback(tmp_path: Path) -> None:
    """Of a leg that is gone nothing goes on."""
    face = Face(fallback_file=file_of(tmp_path, [{"action": "talk", "text": "x"}]))
    face.ask(NCCO)
    assert tell(face, CALLER.event("failed", 1.0)).body == b""


def test_events_make_the_record_of_a_call() -> None:
    """Answer request, socket and events meet in one record, which the live call has as well."""
    face = Face()
    begun(face)
    tell(face, CALLER.event("started", 1795435200.0))
    tell(face, socket().answered(1795435201.0))
    (call,) = face.registry.live.values()
    record = call.record
    assert record is not None
    assert record is face.registry.records.get(CALL, 0.0)
    assert (record.caller, record.called, record.leg) == (CALLER.from_, CALLER.to, "caller")
    assert [(each.leg, each.status) for each in record.timeline()] == [
        ("caller", "started"),
        ("socket", "answered"),
    ]
    assert (record.live, record.headers["conversation_uuid"]) == (1, CALL)


def test_a_socket_leaves_its_report_in_the_record() -> None:
    """Two sockets of one call, one after the other, are both told of."""
    face = Face()
    for _ in range(2):
        begun(face).lose()
    record = face.registry.records.get(CALL, 0.0)
    assert record is not None
    assert [report.number for report in record.sockets] == [1, 2]
    assert record.live == 0


def test_the_upgrade_may_prove_whose_socket_it_is() -> None:
    """Then the call is bound from its beginning, with metadata that does not name it as well."""
    face = Face()
    protocol = face.calls.build_for("somebody", CALL)
    protocol.makeConnection(face.connect())
    protocol.opened()
    record = face.registry.records.get(CALL, 0.0)
    assert record is not None
    assert record.live == 1
    protocol.text(connected_message(vip="yes").encode())
    assert (record.live, record.headers["vip"]) == (1, "yes")
