"""Between a call and its app: begins the app when the call has told its format, and lets no failure of it further."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred

from echo.apps.base import App, is_blocking
from echo.apps.conversation import Conversation
from echo.apps.guard import Guard
from echo.apps.tools import Tools
from echo.call.app import Call
from echo.call.messages import parse_event
from echo.call.report import Ending

#: Seconds that a coroutine may go on after the end of its call.
GRACE: Final = 30.0


class Answers:
    """
    Makes what answers a call out of an app's class; fulfils ``echo.call.app.AppMaker``.

    Attributes:
        name: of the app, for the log.
        lossless: as the app's class says.
    """

    def __init__(
        self, name: str, make: Callable[[Conversation], App], tools: Tools, *, lossless: bool = False
    ) -> None:
        """Answer calls by ``make``, usually a class."""
        self.name = name
        self.lossless = lossless
        self._make = make
        self._tools = tools

    def __call__(self, call: Call) -> Answering:
        """Answer ``call``."""
        return Answering(call, self.name, self._make, self._tools)


class Answering:
    """One app on one call; fulfils ``echo.call.app.App``."""

    def __init__(self, call: Call, name: str, make: Callable[[Conversation], App], tools: Tools) -> None:
        """Wait for the first message: it tells the format of the call."""
        self._guard = Guard(
            call,
            name,
            budget=tools.limits.app_budget_ms / 1000,
            told=tools.told,
            log=tools.log,
            clock=tools.reactor.seconds,
        )
        self._call = call
        self._make = make
        self._tools = tools
        self._conversation: Conversation | None = None
        self._app: App | None = None
        self._going_on: set[Deferred[Any]] = set()

    def audio(self, frame: bytes) -> None:
        """Bring the app a frame."""
        conversation, app = self._begun()
        conversation.hears(frame)
        if is_blocking(app.audio):
            method = partial(app.audio.__wrapped__, app)  # type: ignore[attr-defined]  # see blocking
            self._watch("audio", self._guard.run("audio", conversation.frame_in_thread, method, frame))
        else:
            self._do("audio", app.audio, frame)

    def text(self, text: str) -> None:
        """Bring the app a text, and what it means."""
        conversation, app = self._begun()
        event = parse_event(text.encode())
        if event is not None:
            self._guard.run("a callback", conversation.noticed, event)
            if event.digit:
                self._do("dtmf", app.dtmf, event.digit)
        self._do("text", app.text, text)

    def ended(self, reason: Ending) -> None:
        """Tell the app, and give it some time to finish what it has begun."""
        conversation, app = self._conversation, self._app
        if conversation is None or app is None:
            return
        self._guard.is_over = True
        conversation.ending()
        self._do("ended", app.ended, reason)
        self._guard.run("a callback", conversation.end, reason)
        if self._going_on:
            self._tools.reactor.callLater(GRACE, self._cancel)

    def begin(self) -> None:
        """Begin before there is a message, where the format is known already."""
        self._begun()

    def _begun(self) -> tuple[Conversation, App]:
        if self._conversation is None or self._app is None:
            self._conversation = Conversation(self._call, self._tools, self._guard)
            self._app = self._guard.run("answered", self._make, self._conversation) or App(self._conversation)
            self._do("answered", self._app.answered)
        return self._conversation, self._app

    def _do(self, what: str, function: Callable[..., Any], *args: Any) -> None:
        self._watch(what, self._guard.run(what, function, *args))

    def _watch(self, what: str, result: object) -> None:
        if result is None:
            return
        going_on = self._guard.watch(what, result)
        if going_on is not None and not going_on.called:
            self._going_on.add(going_on)
            going_on.addBoth(self._gone, going_on)

    def _gone(self, _: object, done: Deferred[Any]) -> None:
        self._going_on.discard(done)

    def _cancel(self) -> None:
        for each in list(self._going_on):
            each.cancel()
