"""Silence where Autobahn would write log lines of its own."""

from __future__ import annotations


class QuietLog:
    """
    Takes the place of Autobahn's logger, which formats its lines even when nobody reads them.

    What a peer did wrong, or how its connection broke, is told by our own log, once and by the name of the
    call; what is wrong with us is an exception, and told there too.
    """

    def _ignore(self, *args: object, **kwargs: object) -> None:
        """Drop a line."""

    trace = debug = info = warn = error = failure = _ignore
