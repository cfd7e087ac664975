"""The phone's REST API on a port of this machine, for tests of whoever asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echo.phone.provider.rest.face import Api, listen
from echo.phone.provider.rest.faults import Fault
from echo.phone.provider.rest.switchboard import Line, Switchboard
from echo.phone.provider.rest.trust import Trust, parse_public_key
from echo.untrusted import Json
from tests.phone.provider.rest.legs import NotedLeg, line_of
from tests.vonage.keys import APPLICATION, public_pem


class SimulatedApi:
    """
    An API with one leg, which is answered.

    Attributes:
        leg: notes what is done to it.
        line: what is told of it.
        placed: the documents of calls that were placed; each is that leg.
        steps: a line for each request.
    """

    def __init__(self, now: Any, *faults: Fault) -> None:
        """Prepare; ``now`` tells the time in seconds since 1970."""
        self.leg = NotedLeg()
        self.line = line_of(self.leg)
        self.placed: list[Mapping[str, Json]] = []
        self.steps: list[str] = []
        self._trust = Trust(parse_public_key(public_pem()), now=now, application_id=APPLICATION)
        self._faults = faults

    def faults(self, *faults: Fault) -> None:
        """Do these wrong, one after the other."""
        self._faults = faults

    def listen(self, reactor: Any) -> Any:
        """Listen on a free port; returns it."""
        switchboard = Switchboard(self._place)
        switchboard.add(self.line)
        return listen(
            reactor,
            0,
            Api(reactor, switchboard, self._trust, faults=self._faults, step=self.steps.append),
        )

    def _place(self, document: Mapping[str, Json]) -> Line:
        self.placed.append(document)
        return self.line


def url_of(port: Any) -> str:
    """Where a port is."""
    return f"http://127.0.0.1:{port.getHost().port}"
