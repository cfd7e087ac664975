"""The event webhooks of one call: sent in their order, beside the call, and never in its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredLock
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from echo.phone.provider.answer import Keep, Ncco, fallback_parameters, read_ncco, webhook
from echo.phone.provider.exchange import (
    ANSWER,
    INSTRUCTION,
    NOTIFICATION,
    Answer,
    Asks,
    NoAnswerError,
    Patience,
    Signs,
    WebhookError,
    problem_of,
    send,
)
from echo.untrusted import Json, clean

#: How long the phone waits at the end for events that are on their way: as long as the provider for one try.
FINISH_SECONDS = 11.0

_KEEPS_ON = "the call goes on as it would without"


class Events:
    """
    The events of one call.

    They leave one after the other, in the order of ``tell`` and ``ask``. The provider promises no order; an
    application that depends on one is shown at its best by this, and by the faults at its worst.
    """

    def __init__(
        self,
        web: Asks,
        reactor: IReactorTime,
        *,
        keep: Keep,
        step: Callable[[str], None],
        fallback: str | None = None,
        fallback_method: str = "GET",
        signer: Signs | None = None,
    ) -> None:
        """
        Report the events of a call.

        Args:
            web: sends requests.
            reactor: tells the time for :meth:`finish`.
            keep: is told of each webhook when it is over.
            step: is told in one line what came of those that matter to the call.
            fallback: the URL that is asked where an event's own fails to say how to go on, if there is one.
            fallback_method: GET or POST.
            signer: signs, if somebody does.
        """
        self._web = web
        self._reactor = reactor
        self._keep = keep
        self._step = step
        self._fallback = fallback
        self._fallback_method = fallback_method
        self._signer = signer
        self._turn = DeferredLock()
        self._under_way: list[Deferred[Any]] = []
        self._bugs: list[Failure] = []

    def tell(self, url: str | None, method: str, document: Mapping[str, Json]) -> None:
        """Send an event whose answer does not matter; returns at once. Nowhere, without a URL."""
        if url is None:
            return
        work = Deferred.fromCoroutine(self._tell(url, method, document))
        self._under_way.append(work)
        work.addBoth(self._done, work)

    async def ask(self, url: str | None, method: str, document: Mapping[str, Json]) -> Ncco | None:
        """
        Send an event whose answer may be an NCCO that takes the place of the running one.

        Returns:
            That NCCO; ``None`` to go on, as after an answer without one and after every failure.
        """
        if url is None:
            return None
        async with self._turn:
            try:
                return await self._instruction("event", url, method, document, INSTRUCTION)
            except WebhookError as error:
                self._step(f"event: {error}")
                return await self._ask_fallback(error, url, document)

    async def settled(self) -> None:
        """Wait until all that was told so far has been answered or given up."""
        async with self._turn:
            pass

    async def finish(self, seconds: float = FINISH_SECONDS) -> None:
        """
        Wait for the events that are under way, then give up on them; at once if this is cancelled.

        Raises:
            Exception: whatever went wrong in a :meth:`tell` that is a bug of ours.
        """
        waiting: Deferred[None] = Deferred.fromCoroutine(self.settled())
        try:
            with suppress(DeferredTimeoutError):
                await waiting.addTimeout(seconds, self._reactor)
        finally:
            for work in reversed(self._under_way[:]):  # from the end: the first would let the next one go
                work.cancel()
        for bug in self._bugs:
            bug.raiseException()

    async def _tell(self, url: str, method: str, document: Mapping[str, Json]) -> None:
        began = self._reactor.seconds()
        try:
            async with self._turn:
                await self._notify(url, method, document)
        except CancelledError:
            problem = f"{clean(url, 200)}: the event was not taken before the phone had to go"
            lost = NoAnswerError(problem, reason="", seconds=self._reactor.seconds() - began)
            self._keep(replace(webhook("event", _status(document), url, lost, problem), cut_off=True))

    async def _notify(self, url: str, method: str, document: Mapping[str, Json]) -> None:
        """Send a notification and keep what came of it."""
        status = _status(document)
        try:
            said = await self._send(url, method, document, NOTIFICATION)
        except NoAnswerError as error:
            self._keep(webhook("event", status, url, error, str(error)))
        else:
            clause = problem_of(said)
            problem = None if clause is None else f"{clean(url, 200)}: {clause}"
            self._keep(webhook("event", status, url, said, problem))

    async def _ask_fallback(self, error: WebhookError, url: str, document: Mapping[str, Json]) -> Ncco | None:
        if self._fallback is None:
            return None
        parameters = fallback_parameters(document, reason=error.reason, url=url, kind="event")
        try:
            return await self._instruction(
                "fallback", self._fallback, self._fallback_method, parameters, ANSWER
            )
        except WebhookError as second:
            self._step(f"fallback: {second}; {_KEEPS_ON}")
            return None

    async def _instruction(
        self, kind: str, url: str, method: str, document: Mapping[str, Json], patience: Patience
    ) -> Ncco | None:
        """Ask one URL and keep what came of it; raises ``WebhookError`` where it failed."""
        status = _status(document)
        try:
            said = await self._send(url, method, document, patience)
        except NoAnswerError as error:
            self._keep(webhook(kind, status, url, error, str(error)))
            raise
        try:
            ncco = None if _says_nothing(said) else read_ncco(said, url)
        except WebhookError as error:
            self._keep(webhook(kind, status, url, said, str(error)))
            raise
        self._keep(webhook(kind, status, url, said, None))
        return ncco

    async def _send(self, url: str, method: str, document: Mapping[str, Json], patience: Patience) -> Answer:
        return await send(self._web, url, method, document, patience=patience, signer=self._signer)

    def _done(self, result: Failure | None, work: Deferred[Any]) -> None:
        self._under_way.remove(work)
        if isinstance(result, Failure):
            self._bugs.append(result)


def _status(document: Mapping[str, Json]) -> str:
    """Name an event for the report: by its status, or by the key that only its kind has."""
    status = document.get("status")
    if isinstance(status, str):
        return status
    names = {
        "dtmf": "input",
        "speech": "input",
        "payload": "notify",
        "recording_url": "record",
        "reason": "error",
    }
    return next((name for key, name in names.items() if key in document), "")


def _says_nothing(said: Answer) -> bool:
    """
    Tell an answer that lets the call go on: empty, ``[]``, or no array at all, as the ``OK`` that many send.

    An array that is broken is meant as an NCCO and counts as a broken one.
    """
    text = said.body.strip()
    return problem_of(said) is None and (text[:1] != b"[" or not text[1:-1].strip())
