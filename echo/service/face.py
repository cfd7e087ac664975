"""One listening port with the site behind it: the public one, or the operator's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IAddress, IListeningPort, IStreamServerEndpoint
from twisted.python.failure import Failure

from echo.service.accepting import AcceptGuard
from echo.web.site import BoundedSite


class Face:
    """
    Opens a port, says where it is, and closes it in good order.

    Attributes:
        site: what is served there.
        port: the listening port, once there is one.
    """

    def __init__(
        self,
        *,
        endpoint: IStreamServerEndpoint,
        description: str,
        site: BoundedSite,
        announce: Callable[[IAddress], None],
    ) -> None:
        """
        Listen on nothing yet.

        Args:
            endpoint: where to listen.
            description: how the endpoint is called in messages.
            site: what is served there.
            announce: is told where we listen.
        """
        self.site = site
        self.port: IListeningPort | None = None
        self._endpoint = endpoint
        self._description = description
        self._announce = announce

    def listen(self) -> Deferred[None]:
        """Open the port and say where it is."""
        listening: Deferred[Any] = self._endpoint.listen(self.site)
        return listening.addCallback(self._listening)

    def problem(self, failure: Failure) -> str:
        """Say why the port could not be opened."""
        return f"cannot listen on {self._description}: {failure.getErrorMessage()}"

    def take_no_more(self) -> None:
        """Let newcomers wait for the next process; who is connected is served."""
        if self.port is not None:
            self._guard.take_no_more()

    def close(self) -> Deferred[None]:
        """Give the port up; then those who are in the midst of a request have their answers."""
        closed = maybeDeferred(lambda: self.port.stopListening() if self.port else None)
        return closed.addCallback(lambda _: self.site.finish())

    def _listening(self, port: IListeningPort) -> None:
        self._guard = AcceptGuard(port, self.site.reactor, self.site.door.refusals)
        self.port = port
        self._announce(port.getHost())
