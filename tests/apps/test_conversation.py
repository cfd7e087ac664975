"""What an app is told, what it may ask for, and that its failures are its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from echo.apps import App, CallEnded, Conversation, Ending, blocking
from echo.call.flow import WhenSlow
from echo.errors import AppError
from echo.limits import STANDARD
from tests.apps.caller import Caller
from tests.doubles import Shelf

FRAME = b"\x11\x22" * 320


class Listener(App):
    """Remembers what it is told."""

    told: list[tuple[str, Any]]

    def answered(self) -> None:
        """Begin."""
        self.told = [("answered", self.call.rate)]

    def audio(self, frame: bytes) -> None:
        """Take a frame."""
        self.told.append(("audio", frame))

    def text(self, message: str) -> None:
        """Take a text."""
        self.told.append(("text", message))

    def dtmf(self, digit: str) -> None:
        """Take a key."""
        self.told.append(("dtmf", digit))

    def ended(self, reason: Ending) -> None:
        """Take the end."""
        self.told.append(("ended", str(reason)))


def app_of(caller: Caller) -> Any:
    """The app of a call."""
    return caller.call.app._app  # type: ignore[attr-defined]


def test_an_app_is_told_everything() -> None:
    """First that it is to answer, then what comes, in order, and at last how it ended."""
    caller = Caller(Listener, rate=24000, headers={"language": "en"})
    app = app_of(caller)
    caller.step(FRAME)
    caller.press("5")
    caller.hang_up()
    kinds = [kind for kind, _ in app.told]
    assert kinds == ["answered", "text", "audio", "dtmf", "text", "ended"]
    assert app.told[0] == ("answered", 24000)
    assert app.told[2] == ("audio", FRAME)
    assert app.told[-1] == ("ended", "provider (no close frame: hung up)")
    assert app.call.headers == {"language": "en"}


def test_an_app_may_leave_everything_out() -> None:
    """A class without a method of its own answers nothing and fails at nothing."""
    caller = Caller(type("Nothing", (App,), {}))
    caller.step(FRAME)
    caller.press("5")
    caller.hang_up()
    assert caller.connection.sent == []
    assert caller.log.at("failure") == []


@pytest.mark.parametrize(
    ("message", "digit"),
    [
        ({"event": "websocket:dtmf", "digit": "5", "duration": 260}, ["5"]),
        ({"digit": "#", "duration": 260}, ["#"]),
        ({"event": "websocket:dtmf", "dtmf": {"digit": "7"}}, ["7"]),
        ({"dtmf": "1"}, ["1"]),
        ({"digit": 4}, ["4"]),
        ({"event": "websocket:dtmf", "digit": "a"}, ["A"]),
        ({"event": "websocket:dtmf", "digit": "55"}, []),
        ({"event": "websocket:dtmf", "digit": True}, []),
        ({"event": "websocket:other", "digit": "5"}, []),
        ({"event": "websocket:dtmf"}, []),
    ],
)
def test_keys_in_all_their_forms(message: dict[str, object], digit: list[str]) -> None:
    """A key is known in the form of today, of before 2018, and nested; what is no key is none."""
    caller = Caller(Listener)
    caller.reads(message)
    assert [each for kind, each in app_of(caller).told if kind == "dtmf"] == digit


@pytest.mark.parametrize("where", ["__init__", "answered", "audio", "text", "dtmf"])
@pytest.mark.parametrize("is_coroutine", [False, True])
def test_a_failure_ends_its_call(where: str, *, is_coroutine: bool) -> None:
    """Wherever an app fails, its call is closed with 1011, and the log names app and call."""

    def fail(*_: object) -> None:
        raise RuntimeError(where)

    async def fail_later(*_: object) -> None:
        await succeed(None)
        fail()

    if is_coroutine and where == "__init__":
        return
    caller = Caller(type("Broken", (App,), {where: fail_later if is_coroutine else fail}), name="broken")
    caller.step(FRAME)
    caller.press("5")
    assert caller.closed == (1011, "internal error")
    assert caller.log.at("failure")[0] == "call 1: the app broken failed, ending this call"
    assert caller.log.exceptions[0] == "RuntimeError"
    caller.hang_up()


def test_a_failure_at_the_end_is_told() -> None:
    """An app that fails as it ends is named, and everything of it is let go."""

    def fail(*_: object) -> None:
        raise RuntimeError("late")

    caller = Caller(type("Late", (App,), {"ended": fail}))
    caller.hang_up()
    assert caller.log.at("failure") == ["call 1: the app mine failed when it was over"]
    assert caller.closed is None


@pytest.mark.parametrize("what", ["finished", "key", "clear", "sleep", "frame"])
def test_a_failure_in_a_callback_ends_its_call(what: str) -> None:
    """What an app hangs on a Deferred is its own as well."""

    def fail(_: object) -> None:
        raise RuntimeError(what)

    class Hanging(App):
        def answered(self) -> None:
            """Wait for all kinds of things."""
            waits: dict[str, Callable[[], Deferred[Any]]] = {
                "finished": self.call.finished,
                "key": self.call.key,
                "clear": self.call.clear,
                "sleep": lambda: self.call.sleep(0.05),
                "frame": self.call.frames().next,
            }
            waits[what]().addCallback(fail)

    caller = Caller(Hanging)
    caller.listen(0.1)
    caller.press("1")
    caller.listen(0.1)
    assert caller.log.at("failure") == ["call 1: the app mine failed, ending this call"]
    assert caller.closed == (1011, "internal error")


@pytest.mark.parametrize("where", ["answered", "audio", "dtmf"])
@pytest.mark.parametrize("is_coroutine", [False, True])
def test_an_app_that_takes_too_long_is_named(where: str, *, is_coroutine: bool) -> None:
    """Whoever keeps all calls waiting for longer than the budget is told of, by name and place."""
    caller: Caller | None = None
    clocks: list[Any] = []

    def dawdle(app: App, *_: object) -> None:
        clocks[0].rightNow += 0.05

    async def dawdle_later(app: App, *_: object) -> None:
        await succeed(None)
        dawdle(app)

    from twisted.internet.task import Clock  # noqa: PLC0415  a clock that an app moves

    clocks.append(Clock())
    slow = type("Slow", (App,), {where: dawdle_later if is_coroutine else dawdle})
    caller = Caller(slow, name="slow", clock=clocks[0])
    caller.step(FRAME)
    caller.press("5")
    (line,) = caller.log.at("warn")
    assert line.startswith(f"call 1: the app slow took 50 ms in {where}, where 20 ms are its budget")
    assert "@blocking" in line


def test_the_budget_is_told_in_bounds() -> None:
    """An app that is always too slow fills no log."""
    from twisted.internet.task import Clock  # noqa: PLC0415  as above

    clock = Clock()

    def dawdle(*_: object) -> None:
        clock.rightNow += 0.03

    caller = Caller(type("Slow", (App,), {"audio": dawdle}), clock=clock)
    for _ in range(100):
        caller.step(FRAME)
    assert len(caller.log.at("warn")) < 15


async def script(call: Conversation) -> None:
    """Ask for a key, play it back as sound, and leave."""
    key = await call.key()
    call.play(bytes([int(key or 0)]) * 64000)


def test_a_coroutine_is_a_whole_call() -> None:
    """It takes the call from beginning to end: what still plays is heard before the call is hung up."""
    caller = Caller(script)
    caller.listen(0.1)
    caller.press("7")
    caller.listen(3)
    assert b"\x07" * 64000 in bytes(caller.heard)
    assert caller.closed == (1000, "the app has finished")


def test_a_coroutine_ends_with_its_call() -> None:
    """Whatever it waits for, the end of the call comes first, and is no failure."""
    steps: list[object] = []

    async def patient(call: Conversation) -> None:
        steps.append(await call.key())
        steps.append("after")
        await call.sleep(5)
        steps.append("never")

    caller = Caller(patient)
    caller.hang_up()
    assert steps == [None, "after"]
    assert caller.log.at("failure") == []


def test_a_coroutine_that_stays_is_cancelled() -> None:
    """Half a minute after the end of its call, what waits for something else is given up."""
    gone: list[str] = []

    async def stubborn(call: Conversation) -> None:
        try:
            await Deferred()
        finally:
            gone.append(call.name)

    caller = Caller(stubborn)
    caller.hang_up()
    assert gone == []
    caller.clock.advance(30)
    assert gone == ["call 1"]


def test_frames_come_one_by_one() -> None:
    """A coroutine hears the caller, and the loop ends with the call."""
    heard: list[bytes] = []

    async def listen(call: Conversation) -> None:
        heard.extend([frame async for frame in call.frames()])
        heard.append(b"end")

    caller = Caller(listen)
    for number in range(3):
        caller.step(bytes([number]) * 640)
    caller.hang_up()
    assert heard == [b"\x00" * 640, b"\x01" * 640, b"\x02" * 640, b"end"]


def test_a_slow_reader_loses_the_oldest() -> None:
    """A second of audio waits for it; what is older is dropped, and counted."""
    caller = Caller(type("Silent", (App,), {}))
    frames = app_of(caller).call.frames()
    for number in range(60):
        caller.step(bytes([number]) * 640)
    assert frames.dropped == 10
    got: list[bytes | None] = []
    frames.next().addCallback(got.append)
    assert got == [bytes([10]) * 640]


def test_a_lossless_reader_holds_the_provider_back() -> None:
    """Where nothing may be lost, the provider is not read while a second waits, and is read again later."""
    caller = Caller(type("Silent", (App,), {}))
    frames = app_of(caller).call.frames(lossless=True)
    for number in range(50):
        caller.step(bytes([number]) * 640)
    assert not caller.connection.reading
    got: list[bytes | None] = []
    for _ in range(39):
        frames.next().addCallback(got.append)
    frames.next().addCallback(got.append)
    assert caller.connection.asked[-2:] == [("pause",), ("resume",)]
    assert got == [bytes([number]) * 640 for number in range(40)]


def test_keys_wait_until_they_are_asked_for() -> None:
    """None is lost that was pressed early; one that does not come in time is ``None``."""
    caller = Caller(type("Silent", (App,), {}))
    call = app_of(caller).call
    got: list[str | None] = []
    caller.press("12")
    for _ in range(3):
        call.key(timeout=1).addCallback(got.append)
    assert got == ["1", "2"]
    caller.listen(1.1)
    assert got == ["1", "2", None]
    call.key().addCallback(got.append)
    caller.press("3")
    assert got[-1] == "3"


def test_an_ended_call_is_told_to_who_asks() -> None:
    """Whatever would be waited for raises, so that no loop goes on for ever; the rest does nothing."""
    caller = Caller(Listener)
    call = app_of(caller).call
    caller.hang_up()
    count = len(caller.connection.asked)
    for ask in (
        lambda: call.play(b""),
        call.clear,
        call.finished,
        call.key,
        call.frames,
        call.say_nothing,
        lambda: call.sleep(1),
        lambda: call.notify({}),
        lambda: call.in_thread(len, ""),
    ):
        with pytest.raises(CallEnded, match="the call is over"):
            ask()
    call.hangup()
    call.send(FRAME)
    call.send_text("{}")
    assert len(caller.connection.asked) == count
    assert call.is_over


def test_send_is_at_once_and_exact() -> None:
    """Live audio of any length goes out as soon as it makes a frame."""
    caller = Caller(Listener)
    app_of(caller).call.send(FRAME + b"\x01" * 100)
    app_of(caller).call.send(b"\x01" * 540)
    assert caller.connection.audio == [FRAME, b"\x01" * 640]


def test_hang_up() -> None:
    """An app ends its call with a Close frame and a reason of its own."""
    caller = Caller(Listener)
    app_of(caller).call.hangup("that is all")
    assert caller.connection.asked[-1] == ("close", 1000, "that is all")


def test_the_log_is_by_name() -> None:
    """A line of an app tells call and app, and forges no other line."""
    caller = Caller(Listener, name="parrot", number=7)
    log = app_of(caller).call.log
    for level in ("debug", "info", "warn", "error"):
        getattr(log, level)("grüß\ncall 8 says")
        assert caller.log.at(level)[-1] == r"call 7, parrot: gr\u00fc\u00df\ncall 8 says"


def test_the_record_of_a_call() -> None:
    """An app may look at what the daemon has counted, until after the end."""
    caller = Caller(Listener)
    call = app_of(caller).call
    caller.step(FRAME)
    assert (call.report().frames_in, call.report().state) == (1, "talking")
    caller.hang_up()
    assert call.report().state == "ended"


# Blocking code.


class Recogniser(App):
    """Hears by a blocking engine."""

    def answered(self) -> None:
        """Begin."""
        self.threads: list[str] = []

    @blocking
    def audio(self, frame: bytes) -> None:
        """Take a frame."""
        self.threads.append(threading.current_thread().name)
        self.call.send(frame)

    @blocking
    def recognise(self, pcm: bytes) -> int:
        """Measure."""
        return len(pcm)

    async def dtmf(self, digit: str) -> None:
        """Take a key."""
        self.threads.append(f"{digit}: {await self.recognise(b'123')}")


def test_blocking_hooks_run_one_after_the_other() -> None:
    """Frames are worked on in order, in a thread, and what comes of it is said."""
    caller = Caller(Recogniser)
    caller.threads.held = True
    for number in range(3):
        caller.step(bytes([number]) * 640)
    assert len(caller.threads.waiting) == 1
    for _ in range(3):
        caller.threads.run()
    assert caller.connection.audio == [bytes([number]) * 640 for number in range(3)]


def test_blocking_code_that_does_not_follow_drops_frames() -> None:
    """A second and a half of frames wait for it; then the oldest go, and the log says so once."""
    caller = Caller(Recogniser)
    caller.threads.held = True
    for number in range(100):
        caller.step(bytes([number]) * 640)
    assert caller.log.at("warn") == [
        "call 1, mine: its @blocking code is slower than the call: frames are dropped"
    ]
    while caller.threads.waiting:
        caller.threads.run()
    assert len(caller.connection.audio) == 76
    assert caller.connection.audio[-1] == bytes([99]) * 640


def test_a_blocking_method_is_awaited() -> None:
    """It gives its result to the coroutine that asked."""
    caller = Caller(Recogniser)
    caller.press("1")
    assert app_of(caller).threads == ["1: 3"]


def test_a_failure_in_a_thread_ends_the_call() -> None:
    """It is the app's as any other."""

    class Bad(App):
        @blocking
        def audio(self, frame: bytes) -> None:
            raise RuntimeError("engine")

    caller = Caller(Bad, name="bad")
    caller.step(FRAME)
    assert caller.log.at("failure") == ["call 1: the app bad failed, ending this call"]
    assert caller.closed == (1011, "internal error")


def test_work_that_waits_is_given_up_with_the_call() -> None:
    """What comes late from a thread meets nobody, and is no failure."""
    caller = Caller(Recogniser)
    caller.threads.held = True
    for _ in range(5):
        caller.step(FRAME)
    caller.press("1")
    caller.hang_up()
    caller.threads.run()
    assert not caller.threads.waiting
    assert caller.log.at("failure") == []


def test_too_much_work_is_refused() -> None:
    """An app that asks for more than is done is told so before memory is full."""
    caller = Caller(Recogniser)
    caller.threads.held = True
    call = app_of(caller).call
    for _ in range(76):
        call.in_thread(len, "")
    with pytest.raises(AppError, match="75 pieces of blocking work wait already"):
        call.in_thread(len, "")


# Functions of frames.


def test_a_function_answers_frame_by_frame() -> None:
    """What it returns is said at once, in exact frames; nothing is nothing."""
    caller = Caller(lambda frame: frame[:320] if frame[0] else None)
    for number in (1, 0, 2):
        caller.step(bytes([number]) * 640)
    assert caller.connection.audio == [b"\x01" * 320 + b"\x02" * 320]


def test_a_blocking_function_answers_from_a_thread() -> None:
    """It may take its time; its answers come in order."""

    @blocking
    def backwards(frame: bytes) -> bytes:
        return frame[::-1]

    caller = Caller(backwards)
    caller.threads.held = True
    caller.step(b"\x01" * 320 + b"\x02" * 320)
    caller.threads.run()
    assert caller.connection.audio == [b"\x02" * 320 + b"\x01" * 320]


@pytest.mark.parametrize("thing", [None, 5, "text", object(), dict])
def test_what_is_no_app_is_refused(thing: object) -> None:
    """One sentence tells what is allowed."""
    with pytest.raises(AppError, match=r"^mine is no app but .*; allowed: a class that derives from"):
        Caller(thing)


def test_a_lossless_app_pauses() -> None:
    """An app that says so loses nothing to a slow peer."""
    lossless = type("Careful", (App,), {"lossless": True})
    assert Caller(lossless).call.flow.policy is WhenSlow.PAUSE
    assert Caller(Listener).call.flow.policy is WhenSlow.DROP
    assert Caller(Listener, limits=replace(STANDARD, queue_ms=1)).call.flow.policy is WhenSlow.DROP


class Discreet(App):
    """Records what is said, but for what is behind a key."""

    def answered(self) -> None:
        """Begin."""
        self.call.record()

    def dtmf(self, digit: str) -> None:
        """Let key 1 stop the recording, and any other begin it."""
        if digit == "1":
            self.call.stop_recording()
        else:
            self.call.record()


def test_an_app_records_what_it_wants() -> None:
    """Each time that it begins there is a new recording, and the end of the call is the end of it."""
    shelf = Shelf(records_all=False)
    caller = Caller(Discreet, recorder=shelf)
    caller.step(b"\1" * 640)
    caller.press("1")
    caller.step(b"\2" * 640)
    caller.press("2")
    caller.step(b"\3" * 640)
    caller.hang_up()
    assert [[pcm[:1] for _, _, pcm in reel.items] for reel in shelf.reels] == [[b"\1"], [b"\3"]]
    assert len(shelf.ended) == 2


def test_a_call_that_is_about_to_end_is_not_recorded() -> None:
    """Which is no fault of the app's, nor of the operator's."""
    caller = Caller(Discreet, recorder=Shelf(records_all=False))
    call = app_of(caller).call
    call.hangup()
    with pytest.raises(CallEnded, match="the call is ending"):
        call.record()


def test_without_a_place_for_it_nothing_can_be_recorded() -> None:
    """An app that records where the operator has not said where is told so, and its call ends."""
    caller = Caller(Discreet)
    assert caller.closed == (1011, "internal error")
    assert caller.log.exceptions == ["AppError"]
