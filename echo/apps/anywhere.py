"""Methods that may be called from any thread, and are done where calls are served."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from twisted.internet.threads import blockingCallFromThread

P = ParamSpec("P")
T = TypeVar("T")


class Served(Protocol):
    """What belongs to the thread of a reactor."""

    reactor: Any

    @property
    def is_elsewhere(self) -> bool:
        """Whether this is asked in another thread."""


S = TypeVar("S", bound=Served)


def from_anywhere(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """
    Let a method be called from any thread; it runs on the reactor, and another thread waits for what it gives.

    Where that is a ``Deferred``, the thread waits for its result, and gets an exception as its own.
    """

    @wraps(method)
    def called(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        if not self.is_elsewhere:
            return method(self, *args, **kwargs)
        answer: T = blockingCallFromThread(self.reactor, method, self, *args, **kwargs)
        return answer

    return called  # type: ignore[return-value]  # as Callable, ``self`` has no name
