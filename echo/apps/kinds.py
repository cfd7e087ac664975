"""What may be an app: a class, a coroutine function, a function of frames; and how each of them answers a call."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from inspect import isclass, iscoroutinefunction, isfunction
from typing import Any, cast

from echo.apps.answering import Answers
from echo.apps.base import App, is_blocking
from echo.apps.conversation import Conversation
from echo.apps.fitting import refuse_unfit
from echo.apps.tools import Tools
from echo.call.app import AppMaker
from echo.errors import AppError


def maker_of(thing: object, name: str, tools: Tools) -> AppMaker:
    """
    Make of ``thing``, which may be an app, what answers calls.

    Raises:
        AppError: if it is none.
    """
    if isclass(thing) and issubclass(thing, App):
        refuse_unfit(thing, thing.__name__, "call")
        return Answers(name, thing, tools, lossless=thing.lossless)
    if isclass(thing) and hasattr(thing, "lossless"):  # made for the bare contract, as the echo is
        return cast("AppMaker", thing)
    if is_blocking(thing) and iscoroutinefunction(getattr(thing, "__wrapped__", None)):
        raise AppError(f"{name} is a coroutine function and @blocking: one of the two")
    if iscoroutinefunction(thing):
        refuse_unfit(thing, thing.__name__, "call")
        return Answers(name, _script(thing), tools)
    if isfunction(thing):
        refuse_unfit(thing, thing.__name__, "frame")
        return Answers(name, _frame_by_frame(thing), tools)
    allowed = "a class that derives from echo.apps.App, a coroutine function, or a function of frames"
    raise AppError(f"{name} is no app but {_article(type(thing).__name__)}; allowed: {allowed}")


def _script(function: Callable[[Conversation], Coroutine[Any, Any, object]]) -> Callable[[Conversation], App]:
    class Script(App):
        """Answers a call by a coroutine that takes it."""

        async def answered(self) -> None:
            await function(self.call)
            if not self.call.is_over:
                await self.call.finished()
                self.call.hangup("the app has finished")

    return Script


def _frame_by_frame(function: Callable[[bytes], bytes | None]) -> Callable[[Conversation], App]:
    class FrameByFrame(App):
        """Answers each frame by what a function makes of it."""

        def audio(self, frame: bytes) -> Any:
            if not is_blocking(function):
                return self._say(function(frame))
            return self.call.frame_in_thread(function, frame).addCallback(self._say)

        def _say(self, answer: bytes | None) -> None:
            if answer and not self.call.is_over:
                self.call.send(answer)

    return FrameByFrame


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
