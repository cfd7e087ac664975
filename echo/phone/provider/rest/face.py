"""The HTTP face of the simulated REST API: a resource that hears requests, asks the switchboard, and answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from echo.errors import PhoneError
from echo.phone.provider.rest.faults import SLOW, Fault, Faults, instead
from echo.phone.provider.rest.switchboard import Switchboard
from echo.phone.provider.rest.trust import Trust
from echo.phone.provider.rest.wishes import MAX_BODY, RefusedError, Reply, read_wish, refusal
from echo.untrusted import clean

#: The only place where it listens: what it takes for a telephone is nobody else's business.
INTERFACE: Final = "127.0.0.1"

_GARBAGE: Final = b"<html>not what you asked for</html>\xff"


class Api(Resource):
    """Every path of the API."""

    isLeaf = True

    def __init__(
        self,
        reactor: Any,
        switchboard: Switchboard,
        trust: Trust,
        *,
        faults: Sequence[Fault] = (),
        step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """
        Answer for ``switchboard``.

        Args:
            reactor: waits, for slow answers.
            switchboard: carries out what is asked for.
            trust: tells whose requests are taken.
            faults: what is done wrong on purpose, one request after the other.
            step: is told of each request in one line.
        """
        super().__init__()
        self._reactor = reactor
        self._switchboard = switchboard
        self._trust = trust
        self._faults = Faults(faults)
        self._step = step

    def render(self, request: Any) -> int:
        """Answer a request; Twisted calls this."""
        fault = self._faults.next()
        if fault == "drop":
            self._tell(request, "no answer")
            request.transport.abortConnection()
            return NOT_DONE_YET
        reply = instead(fault, "http://127.0.0.1:9/elsewhere") or self._reply(request)
        self._tell(request, f"{reply.status}{f' (fault: {fault})' if fault else ''}")
        if fault == "slow":
            self._later(request, reply)
        else:
            _write(request, reply, garbage=fault == "garbage")
        return NOT_DONE_YET

    def _reply(self, request: Request) -> Reply:
        try:
            return self._done(request)
        except RefusedError as error:
            return error.reply

    def _done(self, request: Any) -> Reply:
        problem = self._trust.problem(_authorization(request))
        if problem is not None:
            raise refusal(401, problem)
        body = request.content.read(MAX_BODY + 1)
        path = request.path.decode("ascii", "backslashreplace")
        return self._switchboard.carry_out(read_wish(request.method.decode("ascii", "replace"), path, body))

    def _later(self, request: Request, reply: Reply) -> None:
        timer: IDelayedCall = self._reactor.callLater(SLOW, _write, request, reply)
        request.notifyFinish().addErrback(lambda _: timer.cancel())

    def _tell(self, request: Request, came: str) -> None:
        self._step(f"REST {clean(request.method, 10)} {clean(request.path, 120)}: {came}")


def listen(reactor: Any, port: int, api: Api) -> Any:
    """
    Serve the API on this machine.

    Returns:
        The listening port.

    Raises:
        PhoneError: where the port is taken.
    """
    try:
        return reactor.listenTCP(port, _Site(api, timeout=2 * SLOW), interface=INTERFACE)
    except CannotListenError as error:
        reason = clean(str(error.socketError), 120)
        raise PhoneError(f"the REST API cannot listen on {INTERFACE}, port {port}: {reason}") from None


class _Site(Site):
    noisy = False

    def log(self, request: Request) -> None:
        """Write nothing: a step tells each request."""


def _authorization(request: Request) -> str | None:
    values = request.requestHeaders.getRawHeaders(b"authorization", [])
    return values[0].decode("latin-1") if len(values) == 1 else None


def _write(request: Request, reply: Reply, *, garbage: bool = False) -> None:
    request.setResponseCode(200 if garbage else reply.status)
    for name, value in reply.headers.items():
        request.setHeader(name.encode(), value.encode())
    body = b"" if reply.document is None else json.dumps(dict(reply.document)).encode()
    if body:
        request.setHeader(b"content-type", b"application/json")
    request.write(_GARBAGE if garbage else body)
    request.finish()
