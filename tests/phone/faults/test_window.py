"""Tests of echo.phone.faults.window: connections that take little ahead of their reading."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.interfaces import IReactorPluggableNameResolver, IReactorTCP
from twisted.internet.protocol import ClientFactory, Protocol, ServerFactory
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import TestCase

from echo.phone.faults.window import RECEIVE_BYTES, SmallWindow


class WindowTests(TestCase):
    """On the real reactor, since it is the kernel that counts."""

    timeout = 10

    def setUp(self) -> None:
        """Listen."""
        from twisted.internet import reactor as ours  # noqa: PLC0415  not to be installed at collection

        reactor: Any = ours
        self.reactor = reactor
        self.port: Any = self.reactor.listenTCP(0, ServerFactory.forProtocol(Protocol), interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)

    def window(self, reactor: Any) -> int:
        """SO_RCVBUF of a connection that is about to be made."""
        connector = reactor.connectTCP("127.0.0.1", self.port.getHost().port, ClientFactory())
        size: int = connector.transport.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        connector.stopConnecting()
        return size

    def test_the_window_is_small_from_the_beginning(self) -> None:
        """It is set before the connection is made: a kernel may double it, and does not enlarge it any more."""
        self.assertIn(self.window(SmallWindow(self.reactor)), (RECEIVE_BYTES, 2 * RECEIVE_BYTES))
        self.assertGreater(self.window(self.reactor), 2 * RECEIVE_BYTES)

    def test_everything_else_is_the_reactor_s(self) -> None:
        """Names are resolved and timers run as ever; endpoints ask for these by interface."""
        narrow = SmallWindow(self.reactor)

        self.assertTrue(IReactorPluggableNameResolver.providedBy(narrow))
        self.assertEqual(narrow.callLater, self.reactor.callLater)

    def test_a_reactor_without_sockets_is_left_alone(self) -> None:
        """Those of tests have none."""
        narrow = SmallWindow(MemoryReactorClock())
        narrow.connectTCP("127.0.0.1", 80, ClientFactory())

        self.assertTrue(IReactorTCP.providedBy(narrow))
        self.assertEqual(len(narrow.tcpClients), 1)
