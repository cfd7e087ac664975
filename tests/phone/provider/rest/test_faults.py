"""Tests of echo.phone.provider.rest.faults."""

from __future__ import annotations

import pytest

from echo.phone.provider.rest.faults import KINDS, Fault, Faults, instead, parse_fault


def test_faults_come_one_after_the_other() -> None:
    """Each so often as it was asked for, and then there are none."""
    faults = Faults([Fault("429", 2), Fault("slow")])
    assert [faults.next() for _ in range(5)] == ["429", "429", "slow", None, None]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_read(kind: str) -> None:
    """Alone it is for one request."""
    assert parse_fault(kind) == Fault(kind)
    assert parse_fault(f"{kind}:12") == Fault(kind, 12)


@pytest.mark.parametrize("text", ["", "418", "429:", "429:-1", "429:x", "429:1:1", "SLOW", "slow\n"])
def test_what_is_no_fault(text: str) -> None:
    """A sentence names those that there are."""
    with pytest.raises(ValueError, match="write one of 401, 429, 500"):
        parse_fault(text)


@pytest.mark.parametrize(
    ("kind", "status", "headers"),
    [
        ("401", 401, {}),
        ("429", 429, {"Retry-After": "1"}),
        ("500", 500, {}),
        ("503", 503, {}),
        ("redirect", 302, {"Location": "https://elsewhere/"}),
    ],
)
def test_what_is_answered_instead(kind: str, status: int, headers: dict[str, str]) -> None:
    """These do nothing of what was asked for."""
    reply = instead(kind, "https://elsewhere/")
    assert reply is not None
    assert (reply.status, reply.headers) == (status, headers)


@pytest.mark.parametrize("kind", ["slow", "garbage", "drop", None])
def test_what_is_answered_as_it_should_be_or_not_at_all(kind: str | None) -> None:
    """Here it is not the status that is wrong."""
    assert instead(kind, "") is None
