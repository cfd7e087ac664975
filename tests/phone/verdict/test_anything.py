"""Whatever an application sends, there is a report."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from echo.phone.listening.far_end import DOCUMENTED, WSBRIDGE, FarEnd
from echo.phone.verdict.expectations import HEARD, TIMES, Expectations
from echo.phone.verdict.report import Report
from tests.phone.listening.applications import Call, Reply

AUDIO = st.one_of(
    st.binary(max_size=1300),
    st.binary(min_size=640, max_size=640),
    st.sampled_from([bytes(640), b'{"event":"websocket:connected"}', b"RIFF\0\0\0\0WAVE", b"\1" * 639]),
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(['{"action":"clear"}', '{"action":"notify","payload":{}}', '{"event":"websocket:dtmf"}']),
)
SENT = st.one_of(
    st.builds(Reply, AUDIO, st.floats(0, 3), st.sampled_from([1, 1, 1, 2])),
    st.builds(Reply, TEXTS, st.floats(0, 3)),
    st.builds(Reply, st.sampled_from([1000, 1005, 1011])),
    st.none(),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(SENT, max_size=30),
    st.sampled_from([DOCUMENTED, WSBRIDGE]),
    st.sampled_from([None, *HEARD]),
    st.booleans(),
)
def test_there_is_always_a_report(
    script: list[Reply | None], far_end: FarEnd, expected: str | None, echoes: bool
) -> None:
    """It can be written as JSON, every message is counted once, and what is not tried points to what failed."""

    def app(index: int, frame: bytes) -> list[Reply]:
        scripted = script[index] if index < len(script) else None
        return [reply for reply in (scripted, Reply(frame) if echoes else None) if reply is not None]

    call = Call(app, seconds=1.0, far_end=far_end)
    report = Report(call.make(), Expectations(expected, dict.fromkeys(TIMES, 100.0)))
    json.dumps(report.to_json(), allow_nan=False)
    hearing = call.hearing
    assert hearing.echoes.matched + hearing.echoes.lost <= hearing.echoes.said_count
    assert hearing.playback.queue <= hearing.playback.queue_peak <= far_end.capacity
    assert len({check.name for check in report.checks}) == len(report.checks)
    failed = Counter(check.name for check in report.failures)
    for check in report.checks:
        if check.sentence.startswith("Not tried: see "):
            assert failed[check.sentence.removeprefix("Not tried: see ").removesuffix(".")], check
