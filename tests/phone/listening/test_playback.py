"""The queue to the caller's ear, by a clock that is moved by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from echo.audio.format import AudioFormat
from echo.phone.listening.far_end import DOCUMENTED, OLD_CAPACITY, WSBRIDGE, FarEnd
from echo.phone.listening.playback import MAX_MARKED, MAX_MARKS, STEP, Playback
from echo.phone.listening.texts import TextHeard, read_text

AUDIO = AudioFormat(8000)
SILENCE = bytes(320)
BEGAN = 777.7


def playback(far_end: FarEnd = DOCUMENTED) -> Playback:
    """An empty queue of a call that began at ``BEGAN``."""
    return Playback(AUDIO, far_end, BEGAN)


def frame(number: int, size: int = 320) -> bytes:
    """Audio that can be told from other audio."""
    return bytes([number]) * size


def steps(queue: Playback, first: int, last: int) -> list[bytes]:
    """What is played from the step ``first`` to before ``last``, one at a time."""
    return [each for step in range(first, last) for each in queue.play(BEGAN + step * STEP)[0]]


def notify() -> TextHeard:
    """A notify command."""
    return read_text('{"action":"notify","payload":{"n":1}}', 0.0)


def test_nothing_is_silence_from_the_first_step_on() -> None:
    """Step n is due at the beginning plus n times 20 ms, and not before."""
    queue = playback()
    assert queue.play(BEGAN - 1) == ([], [])
    assert queue.play(BEGAN) == ([SILENCE], [])
    assert queue.play(BEGAN + 0.019) == ([], [])
    assert queue.play(BEGAN + 0.02) == ([SILENCE], [])


def test_the_clock_does_not_drift() -> None:
    """After an hour of steps, played at odd moments, there are as many as 20 ms went by."""
    queue = playback()
    played = 0
    now = 0.0
    while now < 3600:
        played += len(queue.play(BEGAN + now)[0])
        now += 0.0317
    assert played == int((now - 0.0317) / STEP) + 1


def test_every_step_is_due_at_its_own_time() -> None:
    """No rounding of sums of 0.02 puts a step off to the next."""
    queue = playback()
    assert [len(queue.play(BEGAN + step * STEP)[0]) for step in range(5000)] == [1] * 5000


def test_frames_are_played_in_order() -> None:
    """First in, first out, one a step, and silence when there is none left."""
    queue = playback()
    for number in (1, 2, 3):
        queue.put(frame(number))
    assert queue.queue == 3
    assert steps(queue, 0, 4) == [frame(1), frame(2), frame(3), SILENCE]
    assert (queue.queue, queue.queue_peak, queue.played) == (0, 3, 3)


@pytest.mark.parametrize("capacity", [DOCUMENTED.capacity, OLD_CAPACITY])
def test_what_finds_the_queue_full_is_dropped(capacity: int) -> None:
    """The newest goes, is counted, and those that waited are played."""
    queue = playback(replace(DOCUMENTED, capacity=capacity))
    for number in range(capacity + 5):
        queue.put(frame(number % 251))
    assert (queue.queue, queue.queue_peak, queue.overflowed) == (capacity, capacity, 5)
    assert steps(queue, 0, capacity + 1)[-2:] == [frame((capacity - 1) % 251), SILENCE]


def test_the_end_of_audio_is_no_underrun() -> None:
    """Silence before the first and after the last audio interrupts nothing."""
    queue = playback()
    steps(queue, 0, 50)
    queue.put(frame(1))
    steps(queue, 50, 500)
    assert (queue.underruns, queue.silence_ms) == (0, 0)


def test_silence_between_two_frames_is_one_underrun() -> None:
    """It is counted when audio comes again, once, with all its time."""
    queue = playback()
    queue.put(frame(1))
    steps(queue, 0, 4)
    assert queue.underruns == 0
    assert queue.missing_seconds == pytest.approx(0.06)
    queue.put(frame(2))
    steps(queue, 4, 5)
    assert (queue.underruns, queue.silence_ms, queue.missing) == (1, 60, 0)


@pytest.mark.parametrize(("forgiven", "silence_ms"), [(0.04, 20), (0.06, 0), (5.0, 0)])
def test_forgiven_silence_is_no_underrun(forgiven: float, silence_ms: float) -> None:
    """Silence that was nobody's fault is taken off, once, and no more than there was."""
    queue = playback()
    queue.put(frame(1))
    steps(queue, 0, 4)
    queue.forgive(forgiven)
    queue.put(frame(2))
    steps(queue, 4, 6)
    assert (queue.underruns, queue.silence_ms) == (silence_ms > 0, silence_ms)
    queue.put(frame(3))
    steps(queue, 6, 7)
    assert queue.silence_ms == silence_ms + 20


def test_short_messages_are_joined_to_frames() -> None:
    """A step takes the bytes of a frame, from as many messages as it needs; the queue counts messages."""
    queue = playback(WSBRIDGE)
    for number in (1, 2, 3, 4):
        queue.put(frame(number, 200))
    assert queue.queue_peak == 4
    assert steps(queue, 0, 1) == [frame(1, 200) + frame(2, 120)]
    assert queue.queue == 2
    queue.put(frame(5))
    assert steps(queue, 1, 4) == [
        frame(2, 80) + frame(3, 200) + frame(4, 40),
        frame(4, 160) + frame(5, 160),
        frame(5, 160) + bytes(160),
    ]


def test_a_hole_behind_a_short_message_is_an_underrun_once_audio_follows() -> None:
    """A short message at the end is no interruption; in the middle it is one of its missing bytes."""
    queue = playback(WSBRIDGE)
    queue.put(frame(1, 160))
    assert steps(queue, 0, 1) == [frame(1, 160) + bytes(160)]
    assert queue.underruns == 0
    queue.put(frame(2))
    steps(queue, 1, 2)
    assert (queue.underruns, queue.silence_ms) == (1, 10)


def test_a_message_longer_than_a_frame_is_played_on() -> None:
    """Who put it there wanted that: the far end cuts before."""
    queue = playback(WSBRIDGE)
    queue.put(frame(1, 480))
    assert steps(queue, 0, 3) == [frame(1), frame(1, 160) + bytes(160), SILENCE]


def test_a_notify_waits_until_the_audio_before_it_is_played() -> None:
    """It is reached with the step after the last one that was queued before it."""
    queue = playback()
    queue.put(frame(1))
    first, second = notify(), notify()
    assert queue.mark(first)
    queue.put(frame(2))
    assert queue.mark(second)
    assert queue.play(BEGAN) == ([frame(1)], [])
    assert queue.play(BEGAN + STEP) == ([frame(2)], [first])
    assert queue.play(BEGAN + 2 * STEP) == ([SILENCE], [second])


def test_a_notify_before_nothing_does_not_wait() -> None:
    """With an empty queue playback is there already."""
    assert not playback().mark(notify())


def test_a_notify_between_short_messages_is_reached_with_the_next_step() -> None:
    """It does not tear the frame that its neighbours make, and those behind it keep their order."""
    queue = playback(WSBRIDGE)
    marks = [notify(), notify(), notify()]
    queue.put(frame(1, 160))
    queue.mark(marks[0])
    queue.put(frame(2, 200))
    queue.mark(marks[1])
    assert queue.play(BEGAN) == ([frame(1, 160) + frame(2, 160)], [])
    assert queue.play(BEGAN + STEP) == ([frame(2, 40) + bytes(280)], [marks[0]])
    assert queue.mark(marks[2])
    assert queue.play(BEGAN + 2 * STEP) == ([SILENCE], [marks[1], marks[2]])


def test_clear_empties_the_queue_and_drops_what_waits() -> None:
    """The next step is silence, and that silence is no underrun when audio comes again."""
    queue = playback(WSBRIDGE)
    queue.put(frame(1, 400))
    queue.put(frame(2))
    dropped = notify()
    queue.mark(dropped)
    steps(queue, 0, 1)
    assert queue.clear() == []
    assert (dropped.payload, dropped.answer) == (None, None)
    assert (queue.queue, queue.cleared) == (0, 1)
    assert steps(queue, 1, 3) == [SILENCE, SILENCE]
    queue.put(frame(3))
    assert steps(queue, 3, 4) == [frame(3)]
    assert queue.underruns == 0


def test_clear_answers_what_waits_if_told_to() -> None:
    """The other reading of what the documents leave open; no mark is given twice."""
    queue = playback(replace(WSBRIDGE, answer_cleared=True))
    marks = [notify(), notify()]
    queue.put(frame(1, 100))
    queue.mark(marks[0])
    steps(queue, 0, 1)
    queue.put(frame(1))
    queue.mark(marks[1])
    assert queue.clear() == marks
    assert queue.clear() == []
    assert queue.play(BEGAN + STEP) == ([SILENCE], [])


def test_the_payloads_of_marks_that_wait_are_bounded() -> None:
    """Large ones fill the queue sooner than their number would, and are forgotten when they were reached."""
    queue = playback()
    queue.put(frame(1))
    queue.put(frame(2))
    large = [TextHeard(0.0, "", "notify", "x" * (MAX_MARKED // 2)) for _ in range(4)]
    for each in large:
        queue.mark(each)
    assert [each.problem is None for each in large] == [True, True, False, False]
    queue.play(BEGAN + 2 * STEP)
    queue.put(frame(1))
    again = TextHeard(0.0, "", "notify", "x" * MAX_MARKED)
    queue.mark(again)
    assert again.problem is None


def test_the_marks_that_wait_are_bounded() -> None:
    """One more than allowed is refused with a reason; a reached one makes room."""
    queue = playback()
    queue.put(frame(1))
    queue.put(frame(2))
    for _ in range(MAX_MARKS):
        queue.mark(notify())
    refused = notify()
    assert queue.mark(refused)
    assert (refused.action, refused.payload) == (None, None)
    assert refused.problem is not None
    assert refused.problem.startswith(f"is a notify where {MAX_MARKS} others wait already")
    assert len(queue.play(BEGAN + 2 * STEP)[1]) == MAX_MARKS
    queue.put(frame(1))
    late = notify()
    queue.mark(late)
    assert late.problem is None
