"""Tests of echo.phone.control: what is asked of a call that is not there yet, or not any more."""

from __future__ import annotations

from typing import Any

from echo.phone.control import Control
from echo.phone.provider.rest.switchboard import Switchboard
from tests.phone.provider.doubles import IDENTITY, RecordingReports


class Walk:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def hang_up(self) -> None:
        """Note it."""
        self.done.append("hang up")

    def transfer(self, fetch: Any) -> None:
        """Note it."""
        self.done.append("transfer")


async def fetch(url: str) -> Any:
    """Bring nothing."""


def test_a_leg_is_known_from_the_beginning() -> None:
    """Whoever placed the call may ask for it at once."""
    board = Switchboard()
    control = Control(board, IDENTITY, direction="outbound")
    assert board.lines == {IDENTITY.uuid: control.line}
    assert (control.line.status, control.line.direction) == ("started", "outbound")


def test_the_leg_of_a_socket_alone() -> None:
    """It is that of the socket, and its endpoint is told as it was given."""
    board = Switchboard()
    endpoint = {"type": "websocket", "uri": "ws://app.test/"}
    control = Control(board, IDENTITY, alone=True, to=endpoint)
    assert (control.line.uuid, control.line.to) == (IDENTITY.leg, endpoint)


def test_a_call_that_is_hung_up_before_it_is_followed() -> None:
    """It is not followed then."""
    control, walk = Control(Switchboard(), IDENTITY), Walk()
    control.line.leg.hang_up()
    control.begin(walk, fetch)
    assert walk.done == ["hang up"]


def test_what_cannot_be_done_yet_does_no_harm() -> None:
    """There is neither a socket nor an NCCO."""
    control = Control(Switchboard(), IDENTITY)
    control.line.leg.transfer([], None)
    control.line.leg.press("1")
    control.line.leg.play("talk")
    control.press("1")


def test_a_leg_is_learnt_of_by_its_events() -> None:
    """Each socket of the NCCO has its own; how it stands, and what it came to, is told by them."""
    board = Switchboard()
    reports = RecordingReports()
    watched = Control(board, IDENTITY).watched(reports)
    event = {"uuid": "leg", "from": "1", "to": "ws://app.test/", "status": "started"}
    watched.tell(None, "POST", event)
    assert board.lines["leg"].document()["to"] == {"type": "websocket", "uri": "ws://app.test/"}
    ended: dict[str, Any] = {
        "status": "completed",
        "duration": "5",
        "start_time": "2026-11-22T12:00:00.000Z",
        "network": None,
    }
    watched.tell(None, "POST", event | ended)
    told = board.lines["leg"].document()
    assert (told["status"], told["duration"], told["start_time"]) == ("completed", "5", "2026-11-22 12:00:00")
    assert [each["status"] for _, _, each in reports.told] == ["started", "completed"]


def test_what_is_no_status_changes_nothing() -> None:
    """Other events pass through."""
    board = Switchboard()
    reports = RecordingReports()
    Control(board, IDENTITY).watched(reports).tell(None, "POST", {"uuid": "other", "dtmf": {}})
    assert [*board.lines] == [IDENTITY.uuid]
    assert len(reports.told) == 1
