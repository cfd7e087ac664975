"""Tests of echo.web.site: the factory of connections, and what all of them share."""

from __future__ import annotations

import pytest
from twisted.protocols.policies import WrappingFactory
from twisted.web import http

from tests.face import CALLER, Face, Wire


def test_one_connection_too_many_is_dropped_below_a_wrapper_too() -> None:
    """TLS and the PROXY protocol wrap our protocols; they must get one that drops, or they keep the connection."""
    face = Face(max_requests=0)
    wrapper = WrappingFactory(face.site).buildProtocol(CALLER)
    assert wrapper is not None
    wire = Wire()

    wrapper.makeConnection(wire)

    assert wire.state() == "aborted"


def test_http_2_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over TLS only HTTP/1.1 is negotiated, whatever is installed: a call cannot come over anything else."""
    monkeypatch.setattr(http, "H2_ENABLED", True)

    assert Face().site.acceptableProtocols() == [b"http/1.1"]
