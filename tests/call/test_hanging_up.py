"""How an app ends a whole call: the provider is asked where it can be, and a Close frame is the way where it cannot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from echo.call.reconnect import Verdict, judge
from echo.call.record import CallRecord
from echo.call.report import Ending
from echo.call.state import State
from echo.limits import STANDARD
from tests.doubles import RecordingApp, Stage

CLOSED = ("close", 1000, "that is all")


class Provider:
    """Who is asked to end calls; ``answers`` are what waits for its word."""

    def __init__(self) -> None:
        self.asked: list[CallRecord] = []
        self.answers: list[Callable[[bool], object]] = []

    def __call__(self, record: CallRecord, answered: Callable[[bool], object]) -> bool:
        """Be asked."""
        self.asked.append(record)
        self.answers.append(answered)
        return True


def stage(provider: Provider | None) -> Stage:
    """A call that has begun, and whose record is known."""
    begun = Stage(make_app=RecordingApp, end_call=provider)
    begun.read()
    begun.call.record = CallRecord("CON-1", live=1)
    return begun


def test_the_provider_is_asked() -> None:
    """No Close frame goes out, for the provider would take it for an accident; it ends the connection itself."""
    provider = Provider()
    on = stage(provider)
    on.call.hang_up(1000, "that is all")
    assert provider.asked == [on.call.record]
    assert CLOSED not in on.connection.asked
    provider.answers[0](True)
    on.call.lost(Ending("provider", 1006, "hung up"))
    assert CLOSED not in on.connection.asked
    assert on.call.ending == Ending("echo", 1000, "that is all", wanted=True)


def test_it_is_asked_once() -> None:
    """Whoever hangs up twice, or closes what was hung up, changes nothing."""
    provider = Provider()
    on = stage(provider)
    for _ in range(2):
        on.call.hang_up(1000, "that is all")
        on.call.close(1001, "the daemon is stopping")
    assert len(provider.asked) == 1
    assert on.call.ending == Ending("echo", 1000, "that is all", wanted=True)


def test_where_it_does_not_do_so() -> None:
    """The socket is closed, as soon as that is known."""
    provider = Provider()
    on = stage(provider)
    on.call.hang_up(1000, "that is all")
    provider.answers[0](False)
    assert on.connection.asked[-1] == CLOSED


def test_an_answer_that_is_late_changes_nothing() -> None:
    """The connection was gone before."""
    provider = Provider()
    on = stage(provider)
    on.call.hang_up(1000, "that is all")
    on.call.lost(Ending("provider", 1006, "hung up"))
    provider.answers[0](False)
    assert CLOSED not in on.connection.asked


def test_an_answer_that_does_not_come() -> None:
    """The call is ended by force when it should have been over."""
    on = stage(Provider())
    on.call.hang_up(1000, "that is all")
    assert on.connection.alarm == on.clock.now + STANDARD.close_timeout
    on.pass_time(STANDARD.close_timeout)
    assert on.connection.asked[-1] == ("abort",)


def test_a_peer_that_is_not_read_is_read_again() -> None:
    """Else nobody would notice that it hangs up."""
    on = stage(Provider())
    on.call.hold()
    on.call.hang_up(1000, "that is all")
    assert on.connection.reading


def test_nothing_is_heard_from_then_on() -> None:
    """The app has said that it wants no more, and gets no more."""
    on = stage(Provider())
    on.call.hang_up(1000, "that is all")
    assert isinstance(on.call.app, RecordingApp)
    before = list(on.call.app.told)
    on.hear()
    on.read(b"{}")
    assert (on.call.app.told, on.call.state) == (before, State.CLOSING)


def test_without_anybody_to_ask() -> None:
    """A Close frame goes out at once."""
    on = stage(None)
    on.call.hang_up(1000, "that is all")
    assert on.connection.asked[-1] == CLOSED


def test_a_call_without_a_name() -> None:
    """Nobody can be asked about it."""
    provider = Provider()
    on = stage(provider)
    on.call.record = None
    on.call.hang_up(1000, "that is all")
    assert (provider.asked, on.connection.asked[-1]) == ([], CLOSED)


@pytest.mark.parametrize("code", [1000, 1013, 4000])
def test_it_is_not_connected_again(code: int) -> None:
    """Whatever code the app hung up by, and should the provider tell of a lost socket all the same."""
    on = stage(Provider())
    assert on.call.record is not None
    on.call.hang_up(code, "that is all")
    assert judge(on.call.record, "socket", 0.0, 3) is Verdict.ON_PURPOSE
