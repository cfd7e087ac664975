"""
What callers may ask of the public port, by the address that they come from, and whether there is room for one more.

A provider brings all its calls from a handful of addresses, so an address is held to a rate and to nothing else: what
one connection does wrong is that connection's, and never makes its address worse.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from twisted.internet.interfaces import IAddress
from twisted.web.http_headers import Headers

from echo.budget import Budgets
from echo.limits import Limits
from echo.refusals import Refusals
from echo.web.addresses import Proxies

#: Seconds after which somebody who found no room may ask again. Calls end all the time.
RETRY_AFTER = 5

#: What those are told for whom there is no room, whatever the reason.
NO_CALL = "no call can be taken now; try again later"

#: Seconds for which the memory that we use is taken to be what it was.
_LOOK_EVERY = 1.0

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Refusal:
    """An answer that turns a request away; ``retry_after`` in seconds (RFC 9110 section 10.2.3), 0 for never."""

    status: HTTPStatus
    problem: str
    retry_after: int = 0


class Door:
    """
    Decides by rates and by room whether a request is served.

    Attributes:
        refusals: where those who are turned away are counted.
    """

    def __init__(
        self,
        limits: Limits,
        proxies: Proxies,
        clock: Callable[[], float],
        refusals: Refusals,
        memory_used: Callable[[], int] = lambda: 0,
    ) -> None:
        """
        Begin with nobody seen.

        Args:
            limits: rates and room.
            proxies: whose word for an address is believed.
            clock: gives monotonic seconds.
            refusals: counts.
            memory_used: tells how many bytes this process has in memory; 0 where nobody can know.
        """
        self.refusals = refusals
        self._clock = clock
        self._memory_used = memory_used
        self._memory = 0
        self._look_at = clock()
        self._rates: tuple[int, ...] = ()
        self.serve_under(limits, proxies)

    def serve_under(self, limits: Limits, proxies: Proxies) -> None:
        """Decide by other ``limits`` from now on; what was used up stays so while its rate stays the same."""
        self._limits = limits
        self._proxies = proxies
        most = limits.max_addresses
        upgrades = limits.upgrades_per_second, limits.upgrades_burst
        requests = limits.requests_per_second, limits.requests_burst
        rates = *upgrades, *requests, most
        if rates != self._rates:
            self._rates = rates
            self._upgrades, self._requests = Budgets(*upgrades, most), Budgets(*requests, most)

    def refuse_request(self, client: IAddress | None, headers: Headers) -> Refusal | None:
        """Charge a request, any request, to its address; ``None`` if it may go on."""
        return self._charge(self._requests, "requests_per_second", client, headers)

    def refuse_room(self, client: IAddress | None, calls: int) -> Refusal | None:
        """Tell whether there is room for one more call beside ``calls`` others; ``None`` if there is."""
        if calls >= self._limits.max_calls:
            return self._full("max_calls", client)
        return self._full("max_memory", client) if self.is_out_of_memory() else None

    def refuse_upgrade(self, client: IAddress | None, headers: Headers) -> Refusal | None:
        """Charge an upgrade that has proven no call to its address; ``None`` if it may go on."""
        return self._charge(self._upgrades, "upgrades_per_second", client, headers)

    def refused(self, limit: str, client: IAddress | None, headers: Headers, why: str) -> None:
        """Count that a request was refused on account of ``limit``, and ``why``, in our own words."""
        self.refusals.note(limit, self._proxies.caller(client, headers), self._clock(), why)

    def note(self, limit: str, client: IAddress | None) -> None:
        """Count that ``client`` was refused on account of ``limit``."""
        who = getattr(client, "host", None)
        self.refusals.note(limit, "a local socket" if who is None else str(who), self._clock())

    def _charge(
        self, budgets: Budgets, limit: str, client: IAddress | None, headers: Headers
    ) -> Refusal | None:
        caller, now = self._proxies.caller(client, headers), self._clock()
        wait = budgets.take(caller, now)
        if not wait:
            return None
        self.refusals.note(limit, caller, now)
        most = getattr(self._limits, limit)
        what = limit.partition("_")[0]
        problem = f"more than {most} {what} a second from one address"
        return Refusal(HTTPStatus.TOO_MANY_REQUESTS, problem, math.ceil(wait))

    def _full(self, limit: str, client: IAddress | None) -> Refusal:
        self.note(limit, client)
        return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, NO_CALL, RETRY_AFTER)

    def is_out_of_memory(self) -> bool:
        """Tell whether the process has more memory than it may; it is looked at now and then."""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY
            self._memory = self._memory_used()
        return self._memory > self._limits.max_memory * _MIB
