"""
Sends requests to the REST API until they are done or given up.

A request that the API cannot take now (429, 5xx) is sent again, later each time; one of which nobody knows what became
is sent again only where a second one does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import DeferredSemaphore
from twisted.internet.task import deferLater

from echo import __version__
from echo.errors import RestError
from echo.vonage.patience import STANDARD, Patience, is_worth_another, retry_after
from echo.vonage.regions import API_URL, base_url
from echo.vonage.requests import Request
from echo.vonage.tokens import ApplicationTokens
from echo.vonage.web import Asks, Said, UnansweredError
from echo.vonage.wording import clause_of

USER_AGENT: Final = f"echo-voice/{__version__}"

#: Requests under way at a time; others wait. The provider takes 15 a second and answers in some tenths of one.
AT_ONCE: Final = 4


class Sender:
    """Sends the requests of one application."""

    def __init__(
        self,
        *,
        tokens: ApplicationTokens,
        web: Asks,
        reactor: Any,
        now: Callable[[], float],
        random: Callable[[], float],
        api_url: str = API_URL,
        patience: Patience = STANDARD,
    ) -> None:
        """
        Ask by ``web``.

        Args:
            tokens: proves who asks.
            web: sends requests.
            reactor: waits between two tries.
            now: tells the time in seconds since 1970.
            random: gives numbers from 0 to 1.
            api_url: where calls are whose region nobody told.
            patience: how often it is asked, and for how long.
        """
        self._tokens = tokens
        self._web = web
        self._reactor = reactor
        self._now = now
        self._random = random
        self._api_url = api_url
        self._patience = patience
        self._turns = DeferredSemaphore(AT_ONCE)

    async def send(self, request: Request, region_url: str | None = None) -> Said:
        """
        Send a request until it is done, or given up. May be cancelled at any time.

        Args:
            request: what is asked.
            region_url: where somebody has said that the call is; see :func:`echo.vonage.regions.base_url`.

        Raises:
            RestError: where it was not done, or nobody knows.
        """
        url = base_url(region_url, self._api_url) + request.path
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._in_turn(request, url)
            except _NotDoneError as not_done:
                told = retry_after(not_done.retry_after, self._now())
                delay = self._patience.delay(attempt, self._random, told) if not_done.again else None
                if delay is None:
                    raise _given_up(request, not_done, attempt, told) from None
                await deferLater(self._reactor, delay)

    async def _in_turn(self, request: Request, url: str) -> Said:
        await self._turns.acquire()
        try:
            return await self._once(request, url)
        finally:
            self._turns.release()

    async def _once(self, request: Request, url: str) -> Said:
        """Send a request once; ``_NotDoneError`` unless it succeeded."""
        made = self._tokens.made
        token = self._tokens.token()
        is_old = made == self._tokens.made
        try:
            said = await self._web.ask(
                request.method,
                url,
                headers=_headers(token),
                body=None if request.document is None else json.dumps(request.document).encode(),
                connect_timeout=self._patience.connect,
                read_timeout=self._patience.read,
            )
        except UnansweredError as error:
            again = error.is_worth_another and (request.repeatable or error.is_lost)
            raise _NotDoneError(str(error), again=again) from None
        if 200 <= said.status < 300:
            return said
        again = is_worth_another(said.status, repeatable=request.repeatable)
        if said.status == 401:  # of an old token: our clock may have been set, or the key changed
            self._tokens.forget(token)
            again = is_old
        raise _NotDoneError(
            clause_of(said.status, said.body),
            again=again,
            status=said.status,
            retry_after=said.headers.get("retry-after"),
        )


class _NotDoneError(Exception):
    """One try that was not successful; the text is a clause."""

    def __init__(
        self, clause: str, *, again: bool, status: int | None = None, retry_after: str | None = None
    ) -> None:
        super().__init__(clause)
        self.again = again
        self.status = status
        self.retry_after = retry_after


def _given_up(request: Request, last: _NotDoneError, attempts: int, told: float | None) -> RestError:
    """Say what was not done, and why not."""
    times = f" ({attempts} tries)" if attempts > 1 else ""
    later = f"; it asks for {told:g} s of patience" if told else ""
    sentence = f"could not {request.what}: {last}{later}{times}"
    return RestError(sentence, status=last.status, attempts=attempts)


def _headers(token: str) -> dict[str, str]:
    return {
        "accept": "application/json",
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "user-agent": USER_AGENT,
    }
