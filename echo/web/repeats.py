"""
Answers that were given a moment ago, for requests that come again: the provider's retries change nothing.

A retry may come while the first try is being answered still: then both get the answer when it is there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from echo.webhook.proof import RETRY_SECONDS, Proof

#: Answers, and bytes of them, that are kept. A hundred calls a second with six webhooks each are 9000 in that time.
MOST_ANSWERS = 10_000
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """The answer to a request; ``content_type`` is empty for one that says nothing."""

    body: bytes
    status: int = HTTPStatus.OK
    content_type: str = ""


class Repeats:
    """
    The answers of the last seconds, by the names of the tokens that came with the requests.

    Those that tell of a failure of ours are not kept: a retry is there to get a better one. Nor is what finds no room,
    for which the retry is answered anew.
    """

    def __init__(
        self, clock: Callable[[], float], most: int = MOST_ANSWERS, most_bytes: int = MOST_BYTES
    ) -> None:
        """Keep ``most`` answers, of ``most_bytes`` together; ``clock`` gives monotonic seconds."""
        self._clock = clock
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        #: With each, when it was given.
        self._given: OrderedDict[str, tuple[float, Reply]] = OrderedDict()
        #: Who waits for an answer that is being made.
        self._awaited: dict[str, list[Deferred[Reply]]] = {}

    def __len__(self) -> int:
        """Tell how many answers are kept."""
        return len(self._given)

    def once(self, proof: Proof, make: Callable[[], Reply | Deferred[Reply]]) -> Reply | Deferred[Reply]:
        """Give the answer that was given before, where this is a retry, and else the one that ``make`` makes."""
        self._forget(RETRY_SECONDS)
        if proof.is_retry and proof.jti in self._given:
            return self._given[proof.jti][1]
        if proof.is_retry and proof.jti in self._awaited:
            waiting: Deferred[Reply] = Deferred()
            self._awaited[proof.jti].append(waiting)
            return waiting
        reply = make()
        if isinstance(reply, Reply):
            self._keep(proof.jti, reply)
            return reply
        self._awaited[proof.jti] = []
        return reply.addCallbacks(
            self._made, self._failed, callbackArgs=(proof.jti,), errbackArgs=(proof.jti,)
        )

    def _made(self, reply: Reply, jti: str) -> Reply:
        self._keep(jti, reply)
        for waiting in self._awaited.pop(jti, ()):
            waiting.callback(reply)
        return reply

    def _failed(self, failure: Failure, jti: str) -> Failure:
        for waiting in self._awaited.pop(jti, ()):
            waiting.errback(failure)
        return failure

    def _keep(self, jti: str, reply: Reply) -> None:
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        self._given[jti] = (self._clock(), reply)
        self._bytes += len(reply.body)
        while len(self._given) > self._most or self._bytes > self._most_bytes:
            self._drop_oldest()

    def _forget(self, seconds: float) -> None:
        """Drop the answers that were given longer ago than that."""
        while self._given and self._clock() - next(iter(self._given.values()))[0] > seconds:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, (_, reply) = self._given.popitem(last=False)
        self._bytes -= len(reply.body)
