"""What an app leaves behind: a loop that it broke off, a call that it was left by, work for the end."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, fail, race

from echo.apps import App, Conversation, Ending, blocking
from echo.apps.clips import Memory
from echo.apps.kinds import maker_of
from echo.apps.menu import Menu
from echo.apps.tools import Tools
from echo.call.app import AppMaker
from tests.apps.caller import Caller

FRAME = b"\x11\x22" * 320


class Silent(App):
    """Does nothing."""


def talk(caller: Caller) -> Conversation:
    """The call, as its app has it."""
    return caller.call.app._app.call  # type: ignore[attr-defined, no-any-return]


# Loops over frames.


async def leave_a_loop(call: Conversation) -> None:
    """Take one frame, and wait for nothing more of the caller's sound."""
    async for _ in call.frames(lossless=True):
        break
    await Deferred()


def test_a_loop_that_is_left_holds_nobody_back() -> None:
    """The provider is read on, though nobody asks for its frames any more."""
    caller = Caller(leave_a_loop)
    for _ in range(200):
        caller.step(FRAME)
    assert caller.connection.reading
    assert talk(caller)._frames == []


def test_one_who_is_held_back_is_read_again_when_the_reader_goes() -> None:
    """The last frame that there was room for may be long ago by then."""
    caller = Caller(Silent)
    frames = talk(caller).frames(lossless=True)
    for _ in range(60):
        caller.step(FRAME)
    before = len(caller.connection.asked)
    frames.close()
    assert caller.connection.asked[before:] == [("resume",)]
    frames.close()
    del frames
    assert caller.log.at("failure") == []


def test_who_frees_a_reader_may_be_another_thread() -> None:
    """It is forgotten where calls are served."""
    caller = Caller(Silent)
    queued: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
    caller.clock.callFromThread = lambda work, *arguments: queued.append((work, arguments))  # type: ignore[attr-defined]
    frames = [talk(caller).frames()]
    thread = threading.Thread(target=frames.clear)
    thread.start()
    thread.join()
    assert len(talk(caller)._frames) == 1
    for work, arguments in queued:
        work(*arguments)
    assert talk(caller)._frames == []


def test_one_who_waits_for_frames_is_not_forgotten() -> None:
    """Whatever else is freed meanwhile."""
    heard: list[bytes] = []

    async def listen(call: Conversation) -> None:
        heard.extend([frame async for frame in call.frames()])

    caller = Caller(listen)
    gc.collect()
    caller.step(FRAME)
    caller.hang_up()
    assert heard == [FRAME]


def test_a_clip_is_kept_in_mind_while_it_holds_something() -> None:
    """An app that listens in turns makes many of them."""
    caller = Caller(Silent)
    call = talk(caller)
    memory: Memory = caller.tools.memory
    for _ in range(3):
        clip = call.clip()
        clip.add(FRAME)
        clip.clear()
    assert not call._clips._in_use
    call.clip().add(FRAME)
    assert memory.used == len(FRAME)
    caller.hang_up()
    assert memory.used == 0


# The end, and what comes after it.


class Late(App):
    """Waits for something else than the call."""

    waits: Deferred[None]

    async def answered(self) -> None:
        """Wait."""
        Late.waits = Deferred()
        await Late.waits


def menu_of(app: object) -> Callable[[Conversation], Menu]:
    """A menu whose key 1 is ``app``."""

    def make(call: Conversation) -> Menu:
        tools: Tools = call._tools
        maker: AppMaker = maker_of(app, "late", tools)
        return Menu(call, {"late": maker})

    return make


@pytest.mark.parametrize("late", [False, True])
def test_an_app_that_the_caller_has_left_cannot_end_the_call(*, late: bool) -> None:
    """Neither by what fails in it later, nor by being cancelled half a minute after."""
    caller = Caller(type("Choosing", (App,), {"__new__": lambda _, call: menu_of(Late)(call)}))
    caller.press("1")
    caller.press("*")
    if late:
        Late.waits.errback(RuntimeError("late"))
    caller.listen(31)
    assert caller.closed is None
    told = ["call 1: the app late failed when it was over"] if late else []
    assert caller.log.at("failure") == told


def test_an_app_that_the_caller_has_left_cannot_hang_up() -> None:
    """Whatever the code that it gives: they are somewhere else by now."""
    calls: list[Conversation] = []

    class Full(App):
        def answered(self) -> None:
            calls.append(self.call)

    caller = Caller(type("Choosing", (App,), {"__new__": lambda _, call: menu_of(Full)(call)}))
    caller.press("1")
    caller.press("*")
    calls[0].hangup("no room", 1013)
    assert caller.closed is None


def test_a_coroutine_that_is_cancelled_after_its_call_has_not_failed() -> None:
    """The log says nothing of what is as it should be."""

    async def stubborn(_call: Conversation) -> None:
        await Deferred()

    caller = Caller(stubborn)
    caller.hang_up()
    caller.clock.advance(31)
    assert caller.log.at("failure") == []


@pytest.mark.parametrize("error", [SystemExit(1), CancelledError(), KeyboardInterrupt()])
@pytest.mark.parametrize("is_coroutine", [False, True])
def test_an_app_that_goes_by_itself_ends_its_call(error: BaseException, *, is_coroutine: bool) -> None:
    """No call stays on mute, whatever its app is left by."""

    def leave(*_: object) -> None:
        raise error

    async def leave_later(*_: object) -> None:
        await fail(error)

    caller = Caller(type("Leaving", (App,), {"dtmf": leave_later if is_coroutine else leave}))
    caller.press("1")
    assert caller.closed == (1011, "internal error")
    assert caller.log.at("failure") == ["call 1: the app mine failed, ending this call"]


class Saving(App):
    """Works on each frame in a thread, and on the end too."""

    done: list[str]

    def answered(self) -> None:
        """Begin."""
        self.done = []

    @blocking
    def audio(self, frame: bytes) -> None:
        """Work."""
        self.done.append(f"{len(frame)} bytes")

    @blocking
    def ended(self, reason: Ending) -> None:
        """Save."""
        self.done.append(f"saved: {reason.by}")


def test_what_is_blocking_about_the_end_is_done_behind_what_is_under_way() -> None:
    """Frames that wait are given up; the end is not, however many of them there are."""
    caller = Caller(Saving)
    app: Any = caller.call.app._app  # type: ignore[attr-defined]
    caller.threads.held = True
    for _ in range(100):
        caller.step(FRAME)
    caller.hang_up()
    while caller.threads.waiting:
        caller.threads.run()
    assert app.done == ["640 bytes", "saved: provider"]
    assert caller.log.at("failure") == []


def test_one_who_wakes_up_at_the_end_may_stop_another_from_sleeping() -> None:
    """As whoever waits for the first of two things does."""

    async def wait(call: Conversation) -> None:
        first_of_two: Deferred[Any] = race([call.sleep(20), call.sleep(30)])
        both: list[Deferred[Any]] = [call.sleep(10), first_of_two]
        await race(both)

    caller = Caller(wait)
    caller.hang_up()
    assert caller.log.at("failure") == []
    assert caller.clock.getDelayedCalls() == []


# Sounds that end themselves.


def test_a_generator_may_clear_itself() -> None:
    """It ends once it has given its piece, and the call goes on."""
    steps: list[str] = []
    caller = Caller(Silent)
    call = talk(caller)

    def sound() -> Iterator[bytes]:
        try:
            yield FRAME
            call.clear()
            yield FRAME
            steps.append("never")
        finally:
            steps.append("ended")

    call.play(sound())
    caller.listen(0.5)
    assert steps == ["ended"]
    assert caller.closed is None
    assert caller.log.at("failure") == []


@pytest.mark.parametrize("slept", [False, True])
def test_an_asynchronous_generator_may_clear_itself(*, slept: bool) -> None:
    """At once, or after it has waited for something."""
    steps: list[str] = []
    caller = Caller(Silent)
    call = talk(caller)

    async def sound() -> AsyncIterator[bytes]:
        try:
            yield FRAME
            if slept:
                await call.sleep(0.1)
            call.clear()
            yield FRAME
            steps.append("never")
        finally:
            steps.append("ended")

    call.play(sound())
    caller.listen(0.5)
    assert steps == ["ended"]
    assert caller.closed is None
    assert caller.log.at("failure") == []


@pytest.mark.parametrize("milliseconds", [25, 30, 50, 55, 70, 90])
def test_a_short_sound_has_no_hole_before_its_end(milliseconds: int) -> None:
    """What is less than a frame comes before the far end has nothing to play."""
    caller = Caller(Silent)
    pcm = b"\x11\x22" * (16 * milliseconds)
    talk(caller).play(pcm)
    caller.listen(0.5)
    assert pcm in bytes(caller.heard)
