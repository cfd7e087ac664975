"""Tests of echo.web.metrics: the figures are those that there are, in the forms that their readers read."""

from __future__ import annotations

import re

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from echo.call.flow import WhenSlow
from echo.web.view import ProcessFigures, Readiness
from tests.doubles import FRAME
from tests.frames import BINARY, PONG, TEXT, connected_message, encode_frame
from tests.operator_face import OperatorFace


def test_calls_are_counted() -> None:
    """Those that are on, those since the start, and those that ended, by who ended them."""
    face = OperatorFace()
    face.call()
    for reason in (None, Failure(ConnectionLost())):
        face.call()[0].lose(reason)

    figures = face.figures()

    assert (figures["echo_calls_live"], figures["echo_calls_total"]) == (1, 3)
    assert [figures[f"echo_calls_ended_total{{by={who}}}"] for who in ("provider", "network", "echo")] == [
        1,
        1,
        0,
    ]


def test_frames_are_counted_of_live_calls_and_of_ended_ones() -> None:
    """No counter goes back when a call ends."""
    face = OperatorFace(when_slow=WhenSlow.DROP)
    wire, protocol = face.call()
    wire.receive(encode_frame(BINARY, FRAME) * 2 + encode_frame(BINARY, b"odd"))
    protocol.pauseProducing()
    wire.receive(encode_frame(BINARY, FRAME) * 4)
    before = face.figures()
    wire.lose()
    after = face.figures()

    names = [f"echo_frames_{what}_total" for what in ("in", "out", "dropped", "wrong_sized")]
    assert [before[name] for name in names] == [7, 3, 0, 1]
    assert [after[name] for name in names] == [7, 3, 4, 1]
    assert (before["echo_queue_seconds"], after["echo_queue_seconds"]) == (0.08, 0)


def test_refusals_are_counted_by_their_limit() -> None:
    """Each limit is a series of its own once somebody has met it."""
    face = OperatorFace(max_message=100)
    for _ in range(2):
        face.call()[0].receive(encode_frame(BINARY, bytes(101)))

    assert face.figures()["echo_refusals_total{limit=max_message}"] == 2


def test_round_trips_are_a_histogram() -> None:
    """A pong that takes 30 ms is in each bucket from 50 ms up, in the sum and in the count."""
    face = OperatorFace()
    wire, _ = face.call()
    wire.receive(encode_frame(BINARY, FRAME))
    wire.taken()
    face.clock.advance(20)
    ping = wire.taken()
    face.clock.advance(0.03)
    wire.receive(encode_frame(PONG, ping[2:]))

    figures = face.figures()

    name = "echo_ping_round_trip_seconds"
    bounds = ("0.002", "0.02", "0.05", "10.0", "+Inf")
    assert [figures[f"{name}_bucket{{le={bound}}}"] for bound in bounds] == [0, 0, 1, 1, 1]
    assert figures[f"{name}_count"] == 1
    assert figures[f"{name}_sum"] == pytest.approx(0.03)


def test_how_late_the_reactor_is() -> None:
    """Now, and at worst."""
    face = OperatorFace()
    face.lag = 0.25, 1.5

    figures = face.figures()

    assert (figures["echo_reactor_lag_seconds"], figures["echo_reactor_lag_worst_seconds"]) == (0.25, 1.5)


@pytest.mark.parametrize(("readiness", "figure"), list(zip(Readiness, (1, 0, 0), strict=True)))
def test_readiness_is_a_figure(readiness: Readiness, figure: int) -> None:
    """1 while calls are taken, else 0."""
    face = OperatorFace()
    face.readiness = readiness

    assert face.figures()["echo_ready"] == figure


def test_the_process_is_told_as_any_process_is() -> None:
    """By the names that other programs' figures have."""
    figures = OperatorFace().figures()

    assert {name: value for name, value in figures.items() if name.startswith("process_")} == {
        "process_cpu_seconds_total": 12.5,
        "process_start_time_seconds": 1.8e9,
        "process_resident_memory_bytes": 52_000_000,
        "process_open_fds": 31,
        "process_max_fds": 65536,
    }


def test_what_the_system_does_not_say_is_not_told() -> None:
    """Rather no figure than a wrong one."""
    face = OperatorFace()
    face.process = ProcessFigures(1.0, 2.0)

    assert {name for name in face.figures() if name.startswith("process_")} == {
        "process_cpu_seconds_total",
        "process_start_time_seconds",
    }


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "text/plain; version=0.0.4"),
        ("*/*", "text/plain; version=0.0.4"),
        ("text/html", "text/plain; version=0.0.4"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0"),
        ("\xff;q=\x80,,;;=", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=x;escaping=y", "application/openmetrics-text"),
    ],
)
def test_the_format_is_the_one_that_is_accepted(accept: str | None, content_type: str) -> None:
    """Whatever somebody accepts, there is an answer; what they say of versions is not trusted."""
    answer = OperatorFace().look("/metrics", headers=[("Accept", accept)] if accept else [])

    assert answer.status == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.headers["vary"] == "Accept"


def test_openmetrics_is_valid() -> None:
    """A reader that forgives nothing reads it, to the mark of its end."""
    face = OperatorFace()
    face.refusals.note("max_calls", "192.0.2.7", 0.0)

    text = face.look("/metrics", headers=[("Accept", "application/openmetrics-text")]).body.decode()

    assert {family.name for family in parse_openmetrics(text)} >= {"echo_calls", "echo_calls_live"}
    assert text.endswith("# EOF\n")


def test_no_label_tells_who_calls() -> None:
    """No number, address or name of a call is in any figure, whatever the provider said."""
    face = OperatorFace(max_message=4000)
    wire, _ = face.call()
    wire.receive(encode_frame(TEXT, connected_message(8000, caller="447700900000", uuid="aaaa-1").encode()))
    wire.receive(encode_frame(BINARY, bytes(4001)))
    wire.lose()

    text = face.look("/metrics").body.decode()

    assert not re.search("447700900000|aaaa-1|192[.]0[.]2[.]7", text)
    assert set(re.findall(r"(\w+)=\"", text)) == {"by", "limit", "le"}
