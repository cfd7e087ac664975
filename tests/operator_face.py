"""
Both faces of a daemon in memory: calls come in on one, and the operator looks on the other.

    face = OperatorFace()
    face.call()
    assert face.look("/calls").json()["live"][0]["number"] == 1
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IAddress

from echo.web.operator import OperatorSite
from echo.web.view import ProcessFigures, Readiness, View
from tests.face import CALLER, Answer, Face, Wire, read_answer

LOOPBACK = IPv4Address("TCP", "127.0.0.1", 9000)

#: What the system says of a process of ours.
PROCESS = ProcessFigures(12.5, 1.8e9, 52_000_000, 31, 65536)


class OperatorFace(Face):
    """
    A daemon in memory that has a port for its operator.

    Attributes:
        readiness: whether calls are taken.
        lag: how late timers are: now, and at worst.
        process: what the system says.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.readiness = Readiness.READY
        self.lag = 0.0, 0.0
        self.process = PROCESS
        self.view = View(
            registry=self.registry,
            refusals=self.refusals.counts,
            readiness=lambda: self.readiness,
            lag=lambda: self.lag[0],
            worst_lag=lambda: self.lag[1],
            process=lambda: self.process,
            patience=lambda: 10.0,
            reactor=self.clock,
        )
        self.operator = OperatorSite(self.view, replace(self.site.limits), self.log, self.clock)

    def approach(self, host: IAddress = LOOPBACK) -> Wire:
        """Connect to the operator's port, at the address ``host`` of this machine."""
        wire = Wire(CALLER)
        wire.hostAddr = host
        wire.protocol = self.operator.buildProtocol(CALLER)
        wire.protocol.makeConnection(wire)
        return wire

    def look(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Iterable[tuple[str, str]] = (),
        name: str = "localhost",
        host: IAddress = LOOPBACK,
    ) -> Answer:
        """Send one request to ``name`` on a connection of its own, and read the whole answer."""
        wire = self.approach(host)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {name}", *(": ".join(pair) for pair in headers)]
        wire.receive("\r\n".join([*lines, "", ""]).encode("latin-1"))
        self.clock.advance(0)
        answer = read_answer(wire.taken(), method)
        wire.lose()
        return answer

    def figures(self) -> dict[str, float]:
        """What ``/metrics`` tells, as its readers read it: the value by the name with its labels."""
        text = self.look("/metrics").body.decode()
        return {
            sample.name
            + "".join(f"{{{name}={value}}}" for name, value in sample.labels.items()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


def turn(face: Face) -> None:
    """Let the reactor have one turn: what it has to do now, and nothing that comes of it."""
    for timer in list(face.clock.calls):
        if timer.getTime() <= face.clock.seconds():
            face.clock.calls.remove(timer)
            timer.called = 1
            timer.func(*timer.args, **timer.kw)
