"""The report of a call, for people."""

from __future__ import annotations

from typing import Any

import pytest

from echo.audio.format import AudioFormat
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.show.report import report_lines
from echo.phone.show.screen import Screen
from echo.phone.show.writing import plain
from echo.phone.verdict.facts import Facts
from echo.phone.verdict.report import Report
from tests.phone.show.reports import failed, report

PIPE = Screen()
ASCII = Screen(unicode=False)


def shown(document: dict[str, Any], screen: Screen = PIPE, **wishes: bool) -> list[str]:
    """Write a report as plain text."""
    return [plain(line) for line in report_lines(document, screen, **wishes)]


def test_a_call_that_passed() -> None:
    """The whole report of a good call, as it is read."""
    assert shown(report()) == [
        "http://localhost:8000/ncco",
        "",
        "  Setup       NCCO 12.3 ms, socket 4.00 ms, first audio 21.5 ms",
        "  Call        12.00 s at 16000 Hz, saying the built-in signal",
        "  Frames      500 said, 500 came back: 500 as they were said",
        "  Round trip  of 500 frames",
        "              p50 ███████████████                 10.0 ms",
        "              p95 ██████████████████████▌         15.0 ms",
        "              p99 ████████████████████████████▌   19.0 ms",
        "              max ██████████████████████████████  20.0 ms",
        "  Arrival     jitter 1.23 ms, 0 gaps over 60 ms, longest 25.0 ms",
        "  Playback    0 underruns, at most 2 frames (40.0 ms) waiting",
        "  Heard       the caller's own voice, returned",
        "  Ending      The caller hung up after 12.00 s without a Close frame",
        "",
        "  ✓ upgrade  The socket opened in 4.00 ms.",
        "  \N{EN DASH} events   Not tried: no event was sent.",
        "",
        "passed: 1 check; 1 not tried",
    ]


def test_in_ascii() -> None:
    """Where nothing but ASCII can be written, there is nothing else, and nothing is missing."""
    lines = shown(failed(), ASCII)
    assert "\n".join(lines).isascii()
    assert "              p50 ###############                 10.0 ms" in lines
    assert "  ok upgrade     The socket opened in 4.00 ms." in lines
    assert "  -- events      Not tried: no event was sent." in lines
    assert "  XX frame-size  Message 0 has 1280 bytes where a frame has 640." in lines


def test_a_call_that_failed() -> None:
    """The last line has how many checks failed, of those that were tried."""
    assert shown(failed())[-1] == "failed: frame-size (1 of 2 checks; 1 not tried)"


def test_quiet() -> None:
    """Quietly there is what failed, and the verdict."""
    assert shown(failed(), quiet=True) == [
        "  ✗ frame-size  Message 0 has 1280 bytes where a frame has 640.",
        "",
        "failed: frame-size (1 of 2 checks; 1 not tried)",
    ]
    assert shown(report(), quiet=True) == ["passed: 1 check; 1 not tried"]


NO_CALL = {
    "passed": False,
    "exit_status": 2,
    "problem": "http://h/: refused",
    "setup": {"ncco": None, "upgrade": None, "first_audio": None},
    "ended": None,
}


def test_no_call() -> None:
    """A call that was not made is one line; a check that says the same adds nothing to it."""
    same = {"name": "answer", "passed": False, "sentence": "The answer URL failed: http://h/: refused"}
    other = {"name": "ncco", "passed": False, "sentence": "$[0]: no action"}
    assert shown(report(**NO_CALL, checks=[same])) == ["no call: http://h/: refused"]
    assert shown(report(**NO_CALL, checks=[same, other])) == [
        "  ✗ ncco  $[0]: no action",
        "no call: http://h/: refused",
    ]


def test_no_call_in_all_detail() -> None:
    """With --verbose the checks are there all the same, and no figures of a call that was none."""
    lines = shown(report(**NO_CALL), verbose=True)
    assert "  \N{EN DASH} events   Not tried: no event was sent." in lines
    assert [line for line in lines if line.startswith("  Frames")] == []
    assert lines[-1] == "no call: http://h/: refused"


ARRIVAL = "jitter 1.23 ms, 2 gaps over 60 ms, longest 80.0 ms"
OFFENDER = {"index": 4, "size": 641, "pieces": 2, "at": 1.0}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"answer_url": None}, "ws://localhost:8000/socket"),
        ({"interrupted": True}, "passed: 1 check; 1 not tried; the call was interrupted"),
        ({"dtmf": "12#"}, "  Call        12.00 s at 16000 Hz, saying the built-in signal, keys 12#"),
        ({"heard": "nothing"}, "  Heard       nothing at all"),
        (
            {"frames": {"in": 9, "out": 12, "echoed": 7, "lost": 5, "repeated": 1, "reordered": 2, "altered": 3}},
            "  Frames      12 said, 9 came back: 7 as they were said, 5 lost, 1 repeated, 2 reordered, 3 altered",
        ),
        (
            {"frames": {"in": 9, "out": 12, "echoed": 0, "lost": 12, "repeated": 0, "reordered": 0, "altered": 0}},
            "  Frames      12 said, 9 came back",
        ),
        (
            {"overflowed": 7, "underruns": 1, "queue_peak": 3072},
            "  Playback    1 underrun, 7 frames dropped by the full buffer, at most 3072 frames (61.44 s) waiting",
        ),
        (
            {"wrong_sized": 3, "fragmented": 2, "odd": 1, "gaps": {"count": 2, "longest": 80.0}},
            f"  Arrival     {ARRIVAL}, 3 of a wrong size, 1 of odd size, 2 in fragments",
        ),
        (
            {"odd": 1, "gaps": {"count": 2, "longest": 80.0}, "first_offender": OFFENDER},
            f"  Arrival     {ARRIVAL}, 1 of odd size; the first such is message 4, of 641 bytes in 2 fragments",
        ),
        (
            {"ended": {"by": "application", "code": 1011, "reason": "bye\x1b[2J", "at": 500.0}},
            "  Ending      The application ended the call after 500 ms with code 1011: bye\\x1b[2J",
        ),
        (
            {"ended": {"by": "network", "code": None, "reason": "", "at": 500.0}},
            "  Ending      The connection broke after 500 ms without a Close frame",
        ),
        (
            {"texts": [{"at": 1500.0, "text": '{"action":"clear"}', "answer": {"event": "websocket:cleared"}}]},
            '  Texts       1.50 s: {"action":"clear"} - answered by websocket:cleared',
        ),
        ({"texts": [{"at": 5.0, "text": "a\x1b[2J", "answer": None}]}, "  Texts       5.00 ms: a\\x1b[2J"),
    ],
    ids=str,
)  # fmt: skip
def test_what_happened_is_told(changed: dict[str, Any], line: str) -> None:
    """Each thing that happened has its words."""
    assert line in shown(report(**changed))


def test_what_is_not_there_is_not_drawn() -> None:
    """Without an echo there is no picture, and without audio nothing about its arrival."""
    nothing = {"p50": None, "p95": None, "p99": None, "max": None, "frames": 0}
    frames = {"in": 0, "out": 500, "echoed": 0, "lost": 500, "repeated": 0, "reordered": 0, "altered": 0}
    lines = shown(report(round_trip=nothing, frames=frames, heard="nothing", jitter=None))
    assert [line[2:12].strip() for line in lines[2:6]] == ["Setup", "Call", "Frames", "Heard"]


def test_an_echo_without_any_delay_is_not_drawn() -> None:
    """Bars of nothing would be shares of nothing."""
    lines = shown(report(round_trip={"p50": 0.0, "p95": 0.0, "p99": 0.0, "max": 0.0, "frames": 3}))
    assert "  Round trip  of 3 frames" in lines
    assert [line for line in lines if " p50 " in line] == []


def test_many_texts() -> None:
    """Five texts are shown, all that were kept with --verbose, and how many there were besides."""
    texts = [{"at": 1.0, "text": f"number {number}", "answer": None} for number in range(8)]
    lines = shown(report(texts=texts, text_count=300))
    assert [line for line in lines if "number" in line][-1] == "              1.00 ms: number 4"
    assert "              and 295 more" in lines
    lines = shown(report(texts=texts, text_count=300), verbose=True)
    assert "              and 292 more" in lines
    assert "              1.00 ms: number 7" in lines


def test_verbose() -> None:
    """In all detail there are the steps, the webhooks and the phone's own clock."""
    answer = {"kind": "answer", "status": "", "url": "http://h/", "http": 200}
    event = {"kind": "event", "status": "ringing", "url": "http://e/", "http": None}
    webhooks = [
        {**answer, "time": 12.0, "attempts": 1, "problem": None},
        {**event, "time": 20.0, "attempts": 2, "problem": "refused"},
    ]
    lines = shown(report(steps=["talk: says nothing"], webhooks=webhooks), verbose=True)
    assert lines[14:19] == [
        "  Step        talk: says nothing",
        "  Webhook     answer to http://h/: 200 in 12.0 ms",
        "  Webhook     event ringing to http://e/: in 20.0 ms, 2 attempts: refused",
        "  Own clock   frames left 0.90 ms late at most",
        "",
    ]


def test_a_narrow_terminal() -> None:
    """Sentences are folded below their first word."""
    lines = shown(failed(), Screen(columns=50))
    assert max(len(line) for line in lines) <= 50
    assert "  ✗ frame-size  Message 0 has 1280 bytes where a" in lines
    assert "                frame has 640." in lines


def test_sentences_move_no_cursor() -> None:
    """Whatever comes from outside is escaped, or made visible at the latest here."""
    evil = "\x1b[2J\u202e"
    document = failed(
        url=evil,
        answer_url=evil,
        talked=evil,
        heard=evil,
        steps=[evil],
        ended={"by": evil, "code": 1, "reason": evil, "at": 1.0},
        texts=[
            {"at": 1.0, "text": evil, "answer": {"event": evil}},
            {"at": 1.0, "text": "x", "answer": evil},
        ],
        checks=[{"name": evil, "passed": False, "sentence": evil}],
    )
    for document_ in (document, {**document, "problem": evil}):
        text = "".join(shown(document_, verbose=True))
        assert not set(text) & set(evil) - set("[2J")


def test_a_real_report_is_shown() -> None:
    """The reports of the verdict have all the keys that are read here, with and without a call."""
    audio = AudioFormat(16000)
    hearing = Hearing(audio, DOCUMENTED, 0.0)
    hearing.said(bytes(range(256)) * 2 + bytes(128), 0.0)
    hearing.heard(bytes(range(256)) * 2 + bytes(128), 1, 0.01)
    hearing.text('{"action":"clear"}', 0.02)
    for facts in (
        Facts("ws://h/", 16000, hearing=hearing, frames_out=1),
        Facts("ws://h/", 16000, problem="refused"),
    ):
        lines = shown(Report(facts).to_json(), verbose=True)
        assert lines[0] == "ws://h/"
        assert lines[-1].startswith(("passed: ", "failed: ", "no call: refused"))
