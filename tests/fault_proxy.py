"""
A proxy that does to a connection what networks do: delays, slices, stalls, half-closes and resets, by a plan.

    with FaultProxy(daemon.port, Plan(down=Way(delay=(0.01, 0.05), slices=(1, 400))), seed=7) as proxy:
        ...  # connect to proxy.port

Bytes arrive whole and in order, however badly they travel, until a plan ends a connection. What is drawn is drawn
from the seed and the number of the connection, so a run can be repeated. The proxy has a process of its own, since
the tests that use it wait for sockets. What it holds for a direction is bounded: beyond that it reads no more.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Self

from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import ClientFactory, Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

#: Bytes that one direction holds before its sender is read no more.
_MOST_HELD = 65536

_TREE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Way:
    """
    What is done to one direction of every connection; times in seconds, places in bytes of that direction.

    Attributes:
        delay: each piece waits for so long, at least and at most; order is kept.
        slices: the sizes of pieces, at least and at most; ``None`` leaves them as they come.
        stall_at, stall: behind so many bytes nothing passes for so long.
        half_close_at: behind so many bytes the receiver is told that this is the end; the rest is thrown away.
        reset_at: behind so many bytes both sides are reset.
    """

    delay: tuple[float, float] = (0.0, 0.0)
    slices: tuple[int, int] | None = None
    stall_at: int | None = None
    stall: float = 0.0
    half_close_at: int | None = None
    reset_at: int | None = None


@dataclass(frozen=True)
class Plan:
    """Both directions: ``up`` from the client to the server, ``down`` back."""

    up: Way = Way()
    down: Way = Way()

    def to_json(self) -> str:
        """Write it for a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what :meth:`to_json` wrote."""
        told = json.loads(text)
        return cls(**{name: Way(**_with_tuples(way)) for name, way in told.items()})


def _with_tuples(way: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in way.items()}


class Lane:
    """One direction of one connection. ``write`` passes bytes on, ``end`` half-closes, ``reset`` resets both sides."""

    def __init__(
        self,
        way: Way,
        random: Random,
        reactor: IReactorTime,
        *,
        write: Callable[[bytes], None],
        end: Callable[[], None],
        reset: Callable[[], None],
    ) -> None:
        self._way, self._random, self._reactor = way, random, reactor
        self._write, self._end, self._reset = write, end, reset
        #: When each piece may leave; an empty one is the end.
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._timer: IDelayedCall | None = None
        self._came = self._passed = 0
        self._free_at = 0.0
        self._is_over = False

    @property
    def held(self) -> int:
        """Bytes that wait here."""
        return 0 if self._is_over else self._came - self._passed

    def take(self, data: bytes) -> None:
        """Take what came, and let it leave as the plan says."""
        for piece in self._pieces(data):
            self._put(piece)
        self._release()

    def finish(self) -> None:
        """Hear that the sender has ended: so does the receiver, behind all that waits."""
        self._put(b"")
        self._release()

    def stop(self) -> None:
        """Pass nothing more."""
        self._is_over = True
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            size = len(data) if self._way.slices is None else self._random.randint(*self._way.slices)
            # a place of the plan is reached by a piece that ends there
            for place in (self._way.stall_at, self._way.half_close_at, self._way.reset_at):
                if place is not None and self._came < place:
                    size = min(size, place - self._came)
            piece = data[at : at + size]
            at += len(piece)
            yield piece

    def _put(self, piece: bytes) -> None:
        if self._is_over:
            return
        now = self._reactor.seconds()
        self._free_at = max(self._free_at, now + self._random.uniform(*self._way.delay))
        self._waiting.append((self._free_at, piece))
        self._came += len(piece)
        if piece and self._came == self._way.stall_at:
            self._free_at = max(self._free_at, now) + self._way.stall

    def _release(self) -> None:
        if self._timer is not None:
            return
        while self._waiting and self._waiting[0][0] <= self._reactor.seconds():
            self._pass(self._waiting.popleft()[1])
        if self._waiting:
            wait = max(0.0, self._waiting[0][0] - self._reactor.seconds())
            self._timer = self._reactor.callLater(wait, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._release()

    def _pass(self, piece: bytes) -> None:
        if piece:
            self._write(piece)
        self._passed += len(piece)
        if self._passed == self._way.reset_at:
            self.stop()
            self._reset()
        elif not piece or self._passed == self._way.half_close_at:
            self.stop()
            self._end()


@implementer(IHalfCloseableProtocol)
class _Side(Protocol):
    """One of the two sockets of a connection; ``lane`` leads away from it."""

    transport: Any
    lane: Lane | None = None
    other: _Side | None = None

    def dataReceived(self, data: bytes) -> None:
        assert self.lane is not None
        self.lane.take(data)
        self._hold_back()

    def _hold_back(self) -> None:
        assert self.lane is not None
        if self.lane.held > _MOST_HELD:
            self.transport.pauseProducing()
        elif self.transport is not None and self.transport.connected:
            self.transport.resumeProducing()

    def passed_on(self, data: bytes) -> None:
        """Write what the lane from the other side lets through."""
        self.transport.write(data)
        if self.other is not None:
            self.other._hold_back()

    def readConnectionLost(self) -> None:
        if self.lane is not None:
            self.lane.finish()

    def writeConnectionLost(self) -> None:
        """Know it already."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.lane is not None:
            self.lane.stop()
        if self.other is not None and self.other.transport is not None:
            self.other.transport.abortConnection()


class _Front(_Side):
    """The client's side: reads nothing before the server is reached."""

    def __init__(self, proxy: _Proxy, number: int) -> None:
        self._proxy, self._number = proxy, number

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self.transport.pauseProducing()
        self._proxy.reactor.connectTCP("127.0.0.1", self._proxy.to_port, _BackFactory(self))

    def met(self, back: _Side) -> None:
        """Join the two sides by their lanes."""
        random = Random(f"{self._proxy.seed}/{self._number}")
        self.other, back.other = back, self
        plan = self._proxy.plan
        self.lane = self._lane(plan.up, Random(random.random()), back)
        back.lane = self._lane(plan.down, Random(random.random()), self)
        self.transport.resumeProducing()

    def _lane(self, way: Way, random: Random, to: _Side) -> Lane:
        def reset() -> None:
            for side in (self, self.other):
                if side is not None and side.transport is not None:
                    side.transport.abortConnection()

        return Lane(
            *(way, random, self._proxy.reactor),
            write=to.passed_on,
            end=to.transport.loseWriteConnection,
            reset=reset,
        )


class _BackFactory(ClientFactory):
    """Makes the server's side of one connection."""

    noisy = False

    def __init__(self, front: _Front) -> None:
        self._front = front

    def buildProtocol(self, addr: Any) -> Protocol:
        return _Back(self._front)

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        self._front.transport.abortConnection()


class _Back(_Side):
    """The server's side."""

    def __init__(self, front: _Front) -> None:
        self._front = front

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self._front.met(self)


class _Proxy(ServerFactory):
    """Listens for clients."""

    noisy = False

    def __init__(self, reactor: Any, to_port: int, plan: Plan, seed: int) -> None:
        self.reactor, self.to_port, self.plan, self.seed = reactor, to_port, plan, seed
        self._count = 0

    def buildProtocol(self, addr: Any) -> Protocol:
        self._count += 1
        return _Front(self, self._count)


class FaultProxy:
    """The proxy in a process of its own, in front of ``to_port`` of 127.0.0.1; it listens on ``port``."""

    def __init__(self, to_port: int, plan: Plan, seed: int = 1) -> None:
        words = ["--to", str(to_port), "--plan", plan.to_json(), "--seed", str(seed)]
        self._command = [sys.executable, "-m", "tests.fault_proxy", *words]
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=_TREE,
            env=os.environ | {"PYTHONPATH": str(_TREE)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.__exit__()
            raise RuntimeError("the proxy did not start")
        self.port = int(line)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Run the proxy until it is killed; print its port."""
    from twisted.internet import reactor  # noqa: PLC0415  the tests import this module and have one already

    parser = argparse.ArgumentParser(description="A proxy on 127.0.0.1 that harms connections by a plan.")
    parser.add_argument("--to", type=int, required=True, help="port of 127.0.0.1")
    parser.add_argument("--plan", type=Plan.from_json, default=Plan(), help="as JSON")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    running: Any = reactor
    port = running.listenTCP(
        0, _Proxy(running, options.to, options.plan, options.seed), interface="127.0.0.1", backlog=1024
    )
    print(port.getHost().port, flush=True)
    running.run()


if __name__ == "__main__":
    main()
