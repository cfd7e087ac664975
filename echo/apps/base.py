"""
The interface for those who write an app: ``App``, and ``@blocking`` for what takes its time.

``docs/apps.rst`` is the way in. An app is one of these:

* a class that derives from :class:`App`; one object answers one call
* a coroutine function that takes the call: when it returns, what still plays is heard, and the call is hung up
* a function that takes a frame and returns what is to be said at once, or ``None``
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, ParamSpec, TypeVar

from echo.apps.conversation import Conversation
from echo.call.report import Ending

P = ParamSpec("P")
T = TypeVar("T")


class App:
    """
    What answers one call. Every method may be left out, and may be a coroutine (``async def``).

    An exception in any of them ends the call with 1011, and no other call notices. They run where all calls are
    served: whatever blocks belongs into ``@blocking``.

    Attributes:
        call: the call.
        lossless: loses nothing: where a slow peer would cost it audio, the call stops reading from that peer instead.
    """

    lossless: ClassVar[bool] = False

    def __init__(self, call: Conversation) -> None:
        self.call = call

    def answered(self) -> Any:
        """Begin: the format of the call and its headers are known. The first of all."""

    def audio(self, frame: bytes) -> Any:
        """Take a binary message as it came: 20 ms of audio, 50 times a second."""

    def text(self, message: str) -> Any:
        """Take a text message as it came, the provider's own ones and keys included."""

    def dtmf(self, digit: str) -> Any:
        """Take a key that the caller has pressed: 0 to 9, ``*``, ``#``, or A to D."""

    def ended(self, reason: Ending) -> Any:
        """Let go of everything: the call is over. As text, ``reason`` tells in a line who ended it and how."""


def blocking(function: Callable[P, T]) -> Callable[P, Any]:
    """
    Let a function, or a method of an :class:`App`, run in a thread, so that no call waits for it.

    A method gives a ``Deferred`` then, which can be awaited. One call's work is done one after the other. Where a
    frame waits behind more than a second of others, the oldest is given up, and the log says so once.
    """

    @wraps(function)
    def in_thread(*args: P.args, **kwargs: P.kwargs) -> Any:
        app = args[0] if args else None
        if not isinstance(app, App) or app.call.is_elsewhere:
            return function(*args, **kwargs)  # a plain function, or called from such a thread
        return app.call.in_thread(function, *args, **kwargs)

    in_thread.is_blocking = True  # type: ignore[attr-defined]  # see is_blocking
    return in_thread


def is_blocking(function: object) -> bool:
    """Tell whether a function is marked as blocking."""
    return bool(getattr(function, "is_blocking", False))


__all__ = ["App", "Conversation", "Ending", "blocking", "is_blocking"]
