"""Opening the socket of a call: name, TCP, TLS, upgrade; each failure in one clause."""

from __future__ import annotations

from typing import Any

from twisted.internet import error as network
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.python.failure import Failure

from echo.errors import PhoneError
from echo.outgoing.tls import client_options, host_problem
from echo.phone.line.call import MediaCall
from echo.phone.line.factory import new_key, socket_factory
from echo.phone.line.socket import PhoneSocket
from echo.phone.line.upgrade import SocketAddress, upgrade_request
from echo.phone.tls import tls_problem
from echo.untrusted import clean

#: For the connection and the upgrade together. The provider's value for voice is not published; 6 s is that of
#: its Video API (Audio Connector), and its old media module had 20 s for each stage.
OPEN_SECONDS = 6.0

#: How an alert begins (RFC 8446 section 5.1): what a TLS server says to a request that is not encrypted.
_TLS_ALERT = b"\x15\x03"


class TooSlowError(PhoneError):
    """Nobody answered in time."""


async def open_call(
    reactor: Any,
    call: MediaCall,
    url: str,
    *,
    subprotocol: bool = True,
    authorization: str | None = None,
    insecure: bool = False,
    open_seconds: float = OPEN_SECONDS,
) -> None:
    """
    Open the socket of ``call`` and wait until its first text is sent. May be cancelled at any time.

    Raises:
        PhoneError: naming the address and why there is no call; ``TooSlowError`` if that took too long.
    """
    address = SocketAddress.parse(url)
    problem = host_problem(address.host)
    if problem is not None:
        raise PhoneError(f"{clean(url, 200)}: {problem}")
    key = new_key()
    request = upgrade_request(address, key, subprotocol=subprotocol, authorization=authorization)
    factory = socket_factory(lambda: PhoneSocket(reactor, call, request, key))
    began = reactor.seconds()
    try:
        connecting = _at_our_word(_endpoint(reactor, address, insecure, open_seconds).connect(factory))
        call.socket = await connecting.addTimeout(open_seconds, reactor)
        left = open_seconds - (reactor.seconds() - began)
        await call.ready.addTimeout(max(0.1, left), reactor)
    except PhoneError as error:
        raise PhoneError(f"{clean(url, 200)}: {_problem(address, call, str(error))}") from None
    except DeferredTimeoutError:
        stage = "it did not answer the upgrade" if _let_go(call) else "no connection"
        raise TooSlowError(f"{clean(url, 200)}: {stage} within {open_seconds:g} s") from None
    except CancelledError:
        _let_go(call)
        raise
    except Exception as error:  # noqa: BLE001  TLS has exceptions of its own, and of OpenSSL's
        raise PhoneError(f"{clean(url, 200)}: {why(error)}") from None


def _let_go(call: MediaCall) -> bool:
    """Drop the connection, if there is one; tells whether there was."""
    connected = hasattr(call, "socket")
    if connected:
        call.socket.abort()
    return connected


def _problem(address: SocketAddress, call: MediaCall, problem: str) -> str:
    """Ask whether TLS is meant, where a plain request is answered by TLS, or by no word at all, as some servers do."""
    said = call.socket.data  # what Autobahn could not parse
    if said.startswith(_TLS_ALERT):
        return "it speaks TLS there; is wss:// meant?"
    return problem if said or address.secure else f"{problem}; if it speaks TLS, write wss://"


def _at_our_word(work: Deferred[Any]) -> Deferred[Any]:
    """Stand before a connection attempt: some stages of it make other errors of a cancellation."""

    def give_up(asked: Deferred[Any]) -> None:
        asked.errback(CancelledError())
        work.cancel()

    def failed(failure: Failure) -> None:
        if not front.called:
            front.errback(failure)

    front: Deferred[Any] = Deferred(give_up)
    work.addCallbacks(front.callback, failed)
    return front


def _endpoint(reactor: Any, address: SocketAddress, insecure: bool, seconds: float) -> IStreamClientEndpoint:
    # this timeout is for each of the host's addresses: the one for all of them must come first
    endpoint = HostnameEndpoint(reactor, address.host, address.port, timeout=2 * seconds)
    if not address.secure:
        return endpoint
    return wrapClientTLS(client_options(address.host, insecure=insecure), endpoint)


def why(error: Exception) -> str:
    """Say in one clause why a connection failed."""
    if isinstance(error, network.DNSLookupError):
        return "there is no host of that name"
    if isinstance(error, network.TimeoutError):
        return "nobody answers there (no connection in time)"
    if isinstance(error, network.ConnectionRefusedError):
        return "connection refused: nothing listens there"
    if isinstance(error, network.ConnectError):
        return f"no connection: {clean(str(error), 120)}"
    return tls_problem(error) or clean(f"{type(error).__name__}: {error}", 160)
