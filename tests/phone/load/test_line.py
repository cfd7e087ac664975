"""Tests of echo.phone.load.line: one of many calls, against a socket that remembers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from echo.audio.signal import Numbered
from echo.errors import PhoneError
from echo.phone.line.ears import SocketEnd
from echo.phone.line.transport import MAX_UNSENT
from echo.phone.listening.far_end import WSBRIDGE
from echo.phone.listening.hearing import Hearing
from echo.phone.load.line import CrowdCall
from echo.phone.verdict.facts import Ended
from tests.phone.load.stage import AUDIO, Stage


def result(deferred: Deferred[Ended]) -> list[Ended]:
    """What has come of a Deferred so far."""
    got: list[Ended] = []
    deferred.addCallback(got.append)
    return got


def test_the_first_text_comes_before_any_audio() -> None:
    """The text is sent when the socket opens; the audio begins within 20 ms."""
    stage = Stage(first_text='{"event": "websocket:connected"}')
    assert stage.socket.texts == [{"event": "websocket:connected"}]
    assert stage.call.ready.called
    assert stage.socket.transport.audio == []
    stage.advance(0.0205)
    assert len(stage.socket.transport.audio) in {1, 2}


def test_frames_leave_every_20_ms_and_unchanged() -> None:
    """Five frames in 0.1 s, each masked and whole, and each noted with how late it left."""
    stage = Stage()
    stage.advance(0.2)
    times = [at for at, _ in stage.socket.transport.audio]
    assert times == pytest.approx([times[0] + 0.02 * index for index in range(5)], abs=0.0011)
    signal = Numbered(AUDIO, 0)
    assert [frame for _, frame in stage.socket.transport.audio] == [signal.frame(index) for index in range(5)]
    assert stage.figures.late.count == 5
    assert stage.figures.late.longest <= 0.0011


def test_calls_do_not_talk_at_the_same_time() -> None:
    """Ten calls that opened together sit in places of their own."""
    stage = Stage(calls=10)
    stage.advance(0.02)
    begun = [socket.transport.audio[0][0] for socket in stage.sockets]
    assert len({round(at, 4) for at in begun}) == 10


def test_who_was_late_catches_up() -> None:
    """After 70 ms without a turn all frames that were due leave at once, and their lateness is told."""
    stage = Stage(duration=1)
    stage.clock.advance(0.085)
    sent = len(stage.socket.transport.audio)
    assert sent in {4, 5}
    assert stage.figures.late.longest > 0.06
    stage.advance(0.915)
    assert len(stage.socket.transport.audio) == 50


def test_round_trips_are_measured_and_not_kept() -> None:
    """Each echo is one round trip in the figures of all, and none stays with the call."""
    stage = Stage(duration=1)
    stage.advance(1.1, echo=True)
    assert stage.figures.trips.count == 50
    assert stage.figures.trips.longest == pytest.approx(0, abs=0.0011)
    assert len(stage.call.hearing.echoes.trips) == 0
    assert stage.figures.counts.lost == 0


def test_the_caller_listens_on_and_hangs_up() -> None:
    """Two seconds after its last frame the call goes without a Close frame, and leaves the wheel."""
    stage = Stage()
    over = result(stage.call.over)
    stage.advance(2.05)
    assert over == []
    stage.advance(0.08)
    assert stage.socket.ends == ["drop"]
    assert [(end.by, end.code) for end in over] == [("caller", None)]
    assert stage.clock.getDelayedCalls() == []


def test_the_caller_may_say_goodbye() -> None:
    """With ``--hangup close`` there is a Close frame."""
    stage = Stage(hangup="close", tail=0)
    stage.advance(0.15)
    assert stage.socket.ends == ["close"]


def test_the_provider_ends_a_call_that_is_too_long() -> None:
    """A connect has a limit; what is left to say then is not said."""
    stage = Stage(duration=10, longest=0.5)
    stage.advance(0.55)
    assert stage.socket.ends == ["drop"]
    assert 24 <= len(stage.socket.transport.audio) <= 26


def test_a_wrong_size_ends_the_call() -> None:
    """As the provider does, and with the reason that a single call gives."""
    stage = Stage()
    over = result(stage.call.over)
    stage.hear(bytes(319))
    stage.hear(bytes(320))
    assert [(end.by, end.reason) for end in over] == [
        ("phone", "message 0 has 319 bytes where a frame at 8000 Hz has 320")
    ]


def test_the_published_module_takes_a_wrong_size() -> None:
    """With ``--far-end wsbridge`` the same message ends nothing."""
    stage = Stage(far_end=WSBRIDGE)
    stage.hear(bytes(319))
    assert stage.call.ended is None


def test_commands_are_answered() -> None:
    """A ``clear`` is answered at once, and a ``notify`` when the caller has heard what came before it."""
    stage = Stage(duration=1)
    stage.hear(Numbered(AUDIO).frame(0))
    stage.hear(Numbered(AUDIO).frame(1))
    stage.call.text(json.dumps({"action": "notify", "payload": {"n": 1}}).encode(), stage.clock.seconds())
    assert len(stage.socket.texts) == 1
    stage.advance(0.1)
    assert stage.socket.texts[1:] == [{"event": "websocket:notify", "payload": {"n": 1}}]
    stage.call.text(b'{"action": "clear"}', stage.clock.seconds())
    assert stage.socket.texts[2:] == [{"event": "websocket:cleared"}]


def test_a_command_that_comes_too_late_is_not_answered() -> None:
    """The caller has hung up in the meantime: what was on its way is heard by nobody."""
    stage = Stage()
    stage.call.hang_up()
    said = len(stage.socket.texts)
    stage.call.text(b'{"action": "clear"}', stage.clock.seconds())
    assert len(stage.socket.texts) == said


def test_an_application_that_does_not_read_ends_its_call() -> None:
    """What waits to be sent is bounded; one such call does not stop the others."""
    stage = Stage(duration=30)
    over = result(stage.call.over)
    stage.socket.transport.dataBuffer = bytes(MAX_UNSENT + 1)
    stage.advance(1.1)
    assert [(end.by, end.reason) for end in over] == [
        ("phone", "the application does not read: 256 KiB wait to be sent")
    ]


def test_the_application_may_end_the_call() -> None:
    """Its code and its reason are kept, and nothing is said any more."""
    stage = Stage(duration=1)
    over = result(stage.call.over)
    stage.advance(0.5)
    stage.call.closed(SocketEnd("application", 1011, "no"), stage.clock.seconds())
    said = len(stage.socket.transport.audio)
    stage.advance(0.5)
    assert [(end.by, end.code, end.reason) for end in over] == [("application", 1011, "no")]
    assert len(stage.socket.transport.audio) == said
    stage.call.hang_up()
    stage.call.turn()
    assert stage.socket.ends == []


def test_a_refusal_is_told() -> None:
    """No socket: whoever waits for it learns why."""
    stage = Stage()
    call = CrowdCall(stage.shared, 1, stage.call._plan)
    problems: list[BaseException | None] = []
    call.ready.addErrback(lambda failure: problems.append(failure.value))
    call.refused("it answered the upgrade with 404")
    assert [(type(problem), str(problem)) for problem in problems] == [
        (PhoneError, "it answered the upgrade with 404")
    ]


def test_an_echo_that_is_late_is_waited_for() -> None:
    """Where an echo is expected, a call listens on while it goes on coming; elsewhere it goes when it said it would."""
    for waits, lost in ((True, 0), (False, 5)):
        stage = Stage(awaits_echo=waits, tail=0.1)
        stage.advance(0.15)
        said = [frame for _, frame in stage.socket.transport.audio]
        stage.advance(0.2)
        for frame in said:
            stage.hear(frame) if stage.call.ended is None else None
        stage.advance(0.03)
        assert stage.socket.ends == ["drop"]
        assert stage.call.hearing.echoes.lost == lost


def test_a_socket_is_served_with_the_others_while_the_call_lasts() -> None:
    """From the opening to the end, however it ends."""
    stage = Stage()
    assert stage.turns.seated == [stage.socket.transport]
    stage.call.hang_up()
    assert stage.turns.seated == []


def fail(*_: object) -> None:
    """Be a bug."""
    raise ZeroDivisionError


def problems_of(call: CrowdCall) -> list[object]:
    """What has come of the end of a call."""
    problems: list[object] = []

    def keep(failure: Failure) -> None:
        problems.append(type(failure.value))

    call.over.addErrback(keep)
    return problems


@pytest.mark.parametrize(
    ("broken", "happens"),
    [
        ("play", lambda stage: stage.advance(0.03)),
        ("heard", lambda stage: stage.hear(bytes(320))),
        ("text", lambda stage: stage.call.text(b"{}", stage.clock.seconds())),
    ],
)
def test_a_bug_of_ours_ends_the_call_and_is_told(
    broken: str, happens: Callable[[Stage], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the end gets the exception; nothing is left on the wheel, and the socket is aborted."""
    stage = Stage(duration=10)
    problems = problems_of(stage.call)
    monkeypatch.setattr(Hearing, broken, fail)
    happens(stage)
    assert problems == [ZeroDivisionError]
    assert stage.socket.ends == ["abort"]
    assert stage.turns.seated == []
    assert stage.clock.getDelayedCalls() == []


def test_a_bug_at_the_opening_is_told_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is ready, so that nobody waits for it in vain, and over with the exception."""
    stage = Stage()
    call = CrowdCall(stage.shared, 1, stage.call._plan)
    call.socket = stage.call.socket
    problems = problems_of(call)
    monkeypatch.setattr(stage.socket, "send_text", fail)
    call.opened(stage.clock.seconds())
    assert call.ready.called
    assert problems == [ZeroDivisionError]
