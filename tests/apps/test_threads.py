"""What the thread of an app may ask of its call."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from echo.apps import App, Conversation
from tests.apps.caller import Caller


class Silent(App):
    """Does nothing."""


@pytest.fixture
def caller() -> Caller:
    """Who has called; what a thread leaves to the reactor is done at once."""
    caller = Caller(Silent)
    caller.clock.callFromThread = lambda work, *arguments: work(*arguments)  # type: ignore[attr-defined]
    return caller


@pytest.fixture
def call(caller: Caller) -> Conversation:
    """The call, as its app has it."""
    app: Any = caller.call.app
    conversation: Conversation = app._app.call
    return conversation


def elsewhere(function: Callable[[], object]) -> object:
    """Give what ``function`` gives in another thread."""
    given: list[object] = []
    thread = Thread(target=lambda: given.append(function()), daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    return given[0]


def test_a_thread_does_blocking_work_itself(caller: Caller, call: Conversation) -> None:
    """It is in a thread already; behind its own work it would wait for ever."""
    caller.threads.held = True
    call.in_thread(len, "under way")
    assert elsewhere(lambda: call.in_thread(len, "abc")) == 3
    assert len(caller.threads.waiting) == 1


def test_a_thread_may_leave_something_for_later(caller: Caller, call: Conversation) -> None:
    """It is done where calls are served."""
    done: list[str] = []
    elsewhere(lambda: call.later(lambda: done.append("later")))
    assert done == []
    caller.clock.advance(0)
    assert done == ["later"]


def test_nothing_is_done_later_than_the_end(caller: Caller, call: Conversation) -> None:
    """A thread may not know of it yet, and no timer stays."""
    caller.hang_up()
    elsewhere(lambda: call.later(lambda: pytest.fail("a call that is over")))
    assert caller.clock.getDelayedCalls() == []
