"""Tests of echo.phone.provider.rest.switchboard: what is done with legs, and with those that are not there."""

from __future__ import annotations

import pytest

from echo.phone.provider.rest.switchboard import Switchboard
from echo.phone.provider.rest.wishes import RefusedError, Wish
from tests.phone.provider.rest.legs import CONVERSATION, UUID, NotedLeg, line_of

HANG_UP = Wish("hangup", UUID)
TALK = Wish("talk", UUID, {"text": "hello"})


def refused(board: Switchboard, wish: Wish) -> int:
    """The status by which a wish is refused."""
    with pytest.raises(RefusedError) as caught:
        board.carry_out(wish)
    return caught.value.reply.status


def test_a_leg_that_is_not_there() -> None:
    """404: it may live in another region."""
    assert refused(Switchboard(), HANG_UP) == 404


def test_a_leg_that_has_ended() -> None:
    """Nothing can be done with it, and it can still be looked at."""
    board, leg = Switchboard(), NotedLeg()
    board.add(line_of(leg, "completed"))
    assert refused(board, HANG_UP) == 404
    assert refused(board, TALK) == 404
    assert board.carry_out(Wish("look", UUID)).status == 200
    assert leg.done == []


def test_a_leg_that_rings() -> None:
    """It can be hung up, and hears nothing yet."""
    board, leg = Switchboard(), NotedLeg()
    board.add(line_of(leg, "ringing"))
    assert refused(board, TALK) == 400
    assert board.carry_out(HANG_UP).status == 204
    assert leg.done == [("hang up",)]


def test_what_is_told_of_a_leg() -> None:
    """It has the form that the API's specification has."""
    board = Switchboard()
    board.add(line_of(NotedLeg()))
    assert board.carry_out(Wish("look", UUID)).document == {
        "_links": {"self": {"href": f"/calls/{UUID}"}},
        "uuid": UUID,
        "conversation_uuid": CONVERSATION,
        "to": {"type": "phone", "number": "447700900123"},
        "from": {"type": "phone", "number": "447700900124"},
        "status": "answered",
        "direction": "outbound",
    }


def test_a_call_that_is_placed() -> None:
    """It is known by its uuid from then on."""
    leg = NotedLeg()
    board = Switchboard(lambda _: line_of(leg, "started"))
    reply = board.carry_out(Wish("create"))
    assert reply.status == 201
    assert reply.document == {
        "uuid": UUID,
        "status": "started",
        "direction": "outbound",
        "conversation_uuid": CONVERSATION,
    }
    assert board.carry_out(HANG_UP).status == 204


def test_where_no_calls_are_placed() -> None:
    """It says who does."""
    assert refused(Switchboard(), Wish("create")) == 403
