"""What becomes of something that is played, and how an app waits for it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import Enum

from twisted.internet.defer import Deferred


class Heard(Enum):
    """What became of something that was played; true if the caller has heard it to its end."""

    CONFIRMED = "the provider said so"
    ESTIMATED = "the provider said nothing, and it must have been played by now"
    CLEARED = "it was cleared before its end"
    ENDED = "the call was over before its end"

    def __bool__(self) -> bool:
        """Tell whether it was heard."""
        return self in {Heard.CONFIRMED, Heard.ESTIMATED}


class Playing:
    """Something that is being played; ``await`` it, or ask ``finished()``."""

    def __init__(self, finished: Callable[[], Deferred[Heard]]) -> None:
        #: Tells when the caller has heard it to its end; false if they have not, and never will.
        self.finished = finished

    def __await__(self) -> Generator[Deferred[Heard], None, Heard]:
        """Wait for the same."""
        return self.finished().__await__()
