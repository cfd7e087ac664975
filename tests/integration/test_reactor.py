"""
The service in this process, on the real reactor, with the clients of Twisted and Autobahn.

trial fails a test case that leaves a connection, a port or a timer in the reactor: what is shown here beside the
echo is that ``stopService`` leaves nothing behind.
"""

from __future__ import annotations

import gc
import json
import resource
import signal
from collections.abc import Callable
from typing import Any

import pytest_twisted  # type: ignore[import-untyped]
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.defer import Deferred, DeferredQueue
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.error import ConnectionRefusedError as NobodyListens
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent

from echo.service.daemon import Daemon
from echo.service.maker import Options, makeService
from tests.frames import connected_message

FRAME = bytes(range(256)) * 2 + bytes(128)


def the_reactor() -> Any:
    """The reactor, which importing installs."""
    from twisted.internet import reactor  # noqa: PLC0415  it must not be installed when the tests are collected

    return reactor


class Caller(WebSocketClientProtocol):
    """
    A caller that keeps what it hears.

    Attributes:
        opened: fires when the call stands.
        heard: the messages that came, each with whether it was binary.
        closed: fires with the close code.
    """

    #: Twisted types it as an interface with three methods.
    transport: Any

    def __init__(self) -> None:
        super().__init__()
        self.opened: Deferred[None] = Deferred()
        self.heard: DeferredQueue[tuple[bytes, bool]] = DeferredQueue()
        self.closed: Deferred[int | None] = Deferred()

    def onOpen(self) -> None:
        """Begin."""
        self.opened.callback(None)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Keep it."""
        self.heard.put((payload, isBinary))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Tell the code."""
        self.closed.callback(code)


class Body(Protocol):
    """The body of a response; Twisted's ``readBody`` warns of a transport that Twisted's Agent gives it."""

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred()
        self._parts: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        """Keep a part."""
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Give the whole."""
        self.whole.callback(b"".join(self._parts))


def start(*options: str) -> Daemon:
    """Start the service as twistd would, on a free port of 127.0.0.1."""
    parsed = Options()
    parsed.parseOptions(["--port", "0", "--interface", "127.0.0.1", *options])
    service = makeService(parsed, the_reactor())
    assert isinstance(service, Daemon)
    service.privilegedStartService()
    service.startService()
    return service


def keep_process_settings() -> Callable[[], None]:
    """Note what a start changes in this process; the result puts it back."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, files)
        for number, disposition in signals.items():
            signal.signal(number, disposition)
        gc.unfreeze()

    return restore


def port_of(daemon: Daemon) -> int:
    """The port that it got."""
    return int(getattr(daemon.address, "port", 0))


async def call(daemon: Daemon) -> Caller:
    """Open a call and say the first message."""
    factory = WebSocketClientFactory(f"ws://127.0.0.1:{port_of(daemon)}/socket", reactor=the_reactor())
    # Autobahn's own timers would be left in the reactor
    factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0, serverConnectionDropTimeout=0)
    caller = Caller()
    caller.factory = factory
    await connectProtocol(HostnameEndpoint(the_reactor(), "127.0.0.1", port_of(daemon)), caller)
    await caller.opened
    caller.sendMessage(connected_message().encode())
    return caller


async def get(daemon: Daemon, path: str) -> tuple[int, Any]:
    """GET a path by Twisted's own client: status, and the JSON text of the body."""
    url = f"http://127.0.0.1:{port_of(daemon)}{path}".encode()
    response: Any = await Agent(the_reactor()).request(b"GET", url)
    body = Body()
    response.deliverBody(body)
    return response.code, json.loads(await body.whole)


async def assert_serves(daemon: Daemon) -> None:
    """A call hears itself, and the NCCO and the health know of it."""
    caller = await call(daemon)
    for start_at in range(20):
        frame = FRAME[start_at:] + FRAME[:start_at]
        caller.sendMessage(frame, isBinary=True)
        assert await caller.heard.get() == (frame, True)
    status, ncco = await get(daemon, "/ncco")
    assert (status, ncco[1]["endpoint"][0]["uri"]) == (200, f"ws://127.0.0.1:{port_of(daemon)}/socket")
    assert (await get(daemon, "/health"))[1]["calls_now"] == 1
    caller.sendClose(1000)
    assert await caller.closed == 1000


class ServiceTests(TestCase):
    """The service as twistd makes, starts and stops it."""

    def setUp(self) -> None:
        """Start it; the process is to be afterwards as it was."""
        self.addCleanup(keep_process_settings())
        self.daemon = start()
        self.addCleanup(self.stop)

    async def stop(self) -> None:
        """Stop the service, unless the test has."""
        if self.daemon.running:
            await self.daemon.stopService()

    async def test_it_serves_calls_and_scripts(self) -> None:
        """A call of Autobahn's client echoes while Twisted's client gets NCCO and health."""
        await assert_serves(self.daemon)

    async def test_stopping_ends_live_calls(self) -> None:
        """``stopService`` fires once each call has heard 1001 and is gone; then nobody listens."""
        callers = [await call(self.daemon) for _ in range(3)]
        port = port_of(self.daemon)
        await self.daemon.stopService()

        self.assertEqual([await caller.closed for caller in callers], [1001] * 3)
        endpoint = HostnameEndpoint(the_reactor(), "127.0.0.1", port)
        with self.assertRaises(NobodyListens):
            await connectProtocol(endpoint, Caller())

    async def test_a_call_that_breaks_off_leaves_nothing(self) -> None:
        """A reset in the midst of a call ends it; the service needs no stop to let go of it."""
        caller = await call(self.daemon)
        caller.sendMessage(FRAME, isBinary=True)
        await caller.heard.get()
        caller.transport.abortConnection()
        await caller.closed
        while (await get(self.daemon, "/health"))[1]["calls_now"]:
            pass  # each answer gives the reactor its turns


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]  # pytest-twisted is not typed
async def test_it_serves_within_a_running_reactor() -> None:
    """The same in the reactor that pytest-twisted keeps running: nothing of it depends on trial."""
    restore = keep_process_settings()
    try:
        daemon = start("--app", "reflect")
        try:
            caller = await call(daemon)
            assert await caller.heard.get() == (connected_message().encode(), False)
            caller.sendMessage(FRAME, isBinary=True)
            assert await caller.heard.get() == (FRAME, True)
            assert (await get(daemon, "/ncco"))[0] == 200
        finally:
            await daemon.stopService()
        assert await caller.closed == 1001
    finally:
        restore()
