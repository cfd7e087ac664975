"""The operator's face: every URL on one screen, and who may see them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IReactorTime

from echo.limits import Limits
from echo.log import Log
from echo.web.calls import CallsPage
from echo.web.framing import is_own_name
from echo.web.metrics import MetricsPage
from echo.web.openapi import OPERATOR, OpenApiPage
from echo.web.ready import ReadyPage
from echo.web.site import BoundedSite
from echo.web.tree import Branch, branch
from echo.web.view import View

#: Connections at a time: a few that scrape, a balancer's, somebody's browser.
MOST_CONNECTIONS = 64


def build_operator_tree(view: View) -> Branch:
    """Put the pages where they belong."""
    return branch(
        {
            b"calls": CallsPage(view),
            b"metrics": MetricsPage(view),
            b"ready": ReadyPage(view),
            b"openapi.json": OpenApiPage(OPERATOR),
        }
    )


class OperatorSite(BoundedSite):
    """
    The factory of the operator's port: connections as bounded as anybody's, in places of their own.

    A page of a stranger's that the operator's browser shows can ask this machine, too, once a name of the stranger's
    leads to it (DNS rebinding); it is then asked for by that name. So, where it is asked on loopback, it answers to
    addresses and to localhost only.
    """

    has_sockets = False

    def __init__(self, view: View, limits: Limits, log: Log, reactor: IReactorTime) -> None:
        """Serve the pages of ``view`` within ``limits``."""
        super().__init__(build_operator_tree(view), _bounded(limits), log, reactor)

    def serve_under(self, limits: Limits) -> None:
        """Bound the connections and requests to come by other ``limits``."""
        super().serve_under(_bounded(limits))

    def is_meant(self, host: bytes, address: IAddress) -> bool:
        """Refuse names on loopback."""
        return not _is_loopback(address) or is_own_name(host)


def _bounded(limits: Limits) -> Limits:
    return replace(limits, max_requests=min(limits.max_requests, MOST_CONNECTIONS))


def _is_loopback(address: object) -> bool:
    if not isinstance(address, IPv4Address | IPv6Address):
        return False  # a Unix socket, which no browser opens
    found = ip_address(address.host.partition("%")[0])
    return bool((getattr(found, "ipv4_mapped", None) or found).is_loopback)
