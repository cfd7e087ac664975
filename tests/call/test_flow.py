"""What happens to audio that is not taken at once: one test for each promise of each policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from echo.call.figures import AudioFigures
from echo.call.flow import Flow, WhenSlow
from tests.doubles import RecordingConnection

#: 200 ms at 16 kHz, ten frames.
QUEUE_BYTES = 6400
QUEUE_MS = 200
TEXTS = 4

#: The queue takes so many messages of any size: 5 ms each.
QUEUE_MESSAGES = 40


class Way:
    """A flow over a recording connection that is full after ``room`` messages."""

    def __init__(self, policy: WhenSlow = WhenSlow.DROP, room: int = 10**6) -> None:
        self.connection = RecordingConnection(self._sent)
        self.figures = AudioFigures(640)
        self.closed: list[tuple[int, str]] = []
        self.room = room
        self.flow = Flow(
            self.connection,
            policy,
            self.figures,
            self.close,
            queue_bytes=QUEUE_BYTES,
            queue_ms=QUEUE_MS,
            texts_allowed=TEXTS,
        )

    def congest(self) -> None:
        """Take nothing more."""
        self.room = 0
        self.flow.congested()

    def drain(self, room: int = 10**6) -> None:
        """Take ``room`` messages more."""
        self.room = room
        self.flow.drained()

    def send(self, *payloads: bytes) -> None:
        """Send binary messages."""
        for payload in payloads:
            self.flow.send_audio(payload)

    def _sent(self) -> None:
        self.room -= 1
        if self.room <= 0:
            self.flow.congested()

    def close(self, code: int, reason: str, limit: str) -> None:
        """End the call, as a session does."""
        self.closed.append((code, reason))
        self.flow.forget()


def frame(number: int, size: int = 640) -> bytes:
    """A message that can be told from others."""
    return number.to_bytes(size) if size else b""


def frames(start: int, stop: int) -> list[bytes]:
    """Messages of 20 ms."""
    return [frame(number) for number in range(start, stop)]


@pytest.mark.parametrize("policy", WhenSlow)
def test_straight_through(policy: WhenSlow) -> None:
    """While there is room everything is sent at once and counted, whatever its size."""
    way = Way(policy)
    way.send(b"", frame(1), bytes(8192))
    way.flow.send_text(b"t")
    assert way.connection.asked == [
        ("send_audio", b""),
        ("send_audio", frame(1)),
        ("send_audio", bytes(8192)),
        ("send_text", b"t"),
    ]
    assert way.figures.frames_out == 3
    assert (way.flow.queue_peak, way.flow.dropped) == (0, 0)


@pytest.mark.parametrize("policy", WhenSlow)
def test_congestion_from_within_a_send(policy: WhenSlow) -> None:
    """A connection that is full after three messages gets no fourth, and the rest in order later."""
    way = Way(policy, room=3)
    way.send(*frames(0, 8))
    assert way.connection.audio == frames(0, 3)
    way.drain(room=2)
    assert way.connection.audio == frames(0, 5)
    assert way.figures.frames_out == 5
    way.send(frame(8))
    way.drain()
    assert way.connection.audio == frames(0, 9)
    assert way.flow.audio_waiting == 0
    assert way.flow.queue_peak == 5 * 640


def test_drop_keeps_the_newest() -> None:
    """With ``drop`` exactly 200 ms wait, and they are the latest; the rest is counted."""
    way = Way()
    way.congest()
    way.send(*frames(0, 10))
    assert way.flow.dropped == 0
    way.send(*frames(10, 25))
    assert way.flow.dropped == 15
    assert way.flow.audio_waiting == QUEUE_BYTES == way.flow.queue_peak
    way.drain()
    assert way.connection.audio == frames(15, 25)
    assert way.closed == []


@pytest.mark.parametrize(
    ("size", "kept"), [(0, QUEUE_MESSAGES), (1, QUEUE_MESSAGES), (320, 20), (641, 9), (6400, 1), (8192, 1)]
)
def test_drop_holds_for_every_size(size: int, kept: int) -> None:
    """The queue is bounded in bytes and in messages: empty ones fill it, too large a one waits alone."""
    way = Way()
    way.congest()
    for _ in range(1000):
        way.send(bytes(size))
        assert way.flow.audio_waiting <= max(QUEUE_BYTES, size)
    way.drain()
    assert len(way.connection.audio) == kept
    assert way.flow.dropped == 1000 - kept
    assert way.flow.queue_peak == kept * size


def test_drop_makes_way_for_a_large_message() -> None:
    """A message larger than the queue drives out all before it, and goes as soon as one follows."""
    way = Way()
    way.congest()
    way.send(*frames(0, 10), bytes(8192))
    assert (way.flow.audio_waiting, way.flow.dropped) == (8192, 10)
    way.send(frame(10))
    assert (way.flow.audio_waiting, way.flow.dropped) == (640, 11)


@pytest.mark.parametrize("policy", [WhenSlow.DROP, WhenSlow.PAUSE])
def test_texts_are_never_dropped(policy: WhenSlow) -> None:
    """Texts keep their place among the audio that is left, however much audio goes."""
    way = Way(policy)
    way.congest()
    way.flow.send_text(b"first")
    way.send(*frames(0, 6))
    way.flow.send_text(b"middle")
    way.send(*frames(6, 12))
    way.flow.send_text(b"last")
    way.drain()
    first = 0 if policy is WhenSlow.PAUSE else 2
    assert way.connection.sent == [
        ("send_text", b"first"),
        *(("send_audio", payload) for payload in frames(first, 6)),
        ("send_text", b"middle"),
        *(("send_audio", payload) for payload in frames(6, 12)),
        ("send_text", b"last"),
    ]


@pytest.mark.parametrize("policy", [WhenSlow.DROP, WhenSlow.CLOSE])
def test_texts_have_a_bound_of_their_own(policy: WhenSlow) -> None:
    """A peer that reads no texts may leave so many waiting; one more ends the call."""
    way = Way(policy)
    way.congest()
    for _ in range(TEXTS):
        way.flow.send_text(b"t")
    way.drain(room=1)
    way.flow.send_text(b"t")
    assert way.closed == []
    way.flow.send_text(b"t")
    assert way.closed == [(1008, "text messages are not being read")]


def test_pause_stops_reading_and_loses_nothing() -> None:
    """With ``pause`` the peer is not read until it has taken all; what one read still brings is kept."""
    way = Way(WhenSlow.PAUSE)
    way.congest()
    way.send(*frames(0, 500))
    for _ in range(2 * TEXTS):
        way.flow.send_text(b"t")
    assert way.connection.asked == [("pause",)]
    way.drain(room=100)
    assert not way.connection.reading
    way.drain()
    assert way.connection.asked[-1] == ("resume",)
    assert way.connection.audio == frames(0, 500)
    assert (way.flow.dropped, way.closed) == (0, [])


@pytest.mark.parametrize("policy", [WhenSlow.DROP, WhenSlow.CLOSE])
def test_the_others_always_read(policy: WhenSlow) -> None:
    """Only ``pause`` touches the reading, so that pings, keys and Close frames get through."""
    way = Way(policy)
    way.congest()
    way.send(*frames(0, 20))
    way.drain()
    assert {verb for verb, *_ in way.connection.asked} <= {"send_audio"}


def test_close_once_the_queue_is_full() -> None:
    """With ``close`` 200 ms may wait; what would be more ends the call with 1013, once."""
    way = Way(WhenSlow.CLOSE)
    way.congest()
    way.send(*frames(0, 10))
    assert way.closed == []
    way.send(*frames(10, 20))
    assert way.closed == [(1013, "audio is not being read in time")]
    assert way.connection.audio == []
    assert (way.flow.audio_waiting, way.flow.dropped) == (0, 11)


@pytest.mark.parametrize(("size", "most"), [(0, QUEUE_MESSAGES), (1, QUEUE_MESSAGES), (8192, 1)])
def test_close_holds_for_every_size(size: int, most: int) -> None:
    """``close`` closes for messages of every size, empty ones included."""
    way = Way(WhenSlow.CLOSE)
    way.congest()
    way.send(*[bytes(size)] * most)
    assert way.closed == []
    way.send(bytes(size))
    assert [code for code, _ in way.closed] == [1013]


def test_a_smaller_bound_takes_hold_with_the_next_message() -> None:
    """When the first text message names a lower rate than ours, the queue shrinks to 200 ms of that."""
    way = Way()
    way.congest()
    way.send(*frames(0, 10))
    way.flow.queue_bytes = QUEUE_BYTES // 2
    way.send(frame(10))
    assert (way.flow.audio_waiting, way.flow.dropped) == (3200, 6)


def test_a_queue_of_no_time_holds_one_message() -> None:
    """A queue of less than the shortest message still lets one message wait."""
    connection = RecordingConnection()
    flow = Flow(
        connection,
        WhenSlow.DROP,
        AudioFigures(640),
        Way().close,
        queue_bytes=0,
        queue_ms=0,
        texts_allowed=0,
    )
    flow.congested()
    for number in range(3):
        flow.send_audio(frame(number))
    flow.drained()
    assert connection.audio == [frame(2)]


@pytest.mark.parametrize("policy", WhenSlow)
@pytest.mark.parametrize("was_congested", [False, True])
def test_forgotten(policy: WhenSlow, was_congested: bool) -> None:
    """After the call nothing is sent, kept, closed or read, whatever the app or the transport does."""
    way = Way(policy)
    if was_congested:
        way.congest()
        way.flow.send_text(b"t")
        way.send(*frames(0, 3))
    way.flow.forget()
    asked = list(way.connection.asked)
    verbs: list[Callable[[], None]] = [way.flow.congested, way.flow.drained, lambda: way.flow.send_text(b"t")]
    for verb in verbs:
        verb()
        way.send(*frames(0, 100))
    assert way.connection.asked == asked
    assert way.closed == []
    assert not way.flow._queue
    assert way.flow.audio_waiting == 0
    assert way.flow.dropped == (3 if was_congested else 0)


def test_audio_that_is_not_wanted_any_more() -> None:
    """An app may throw away what waits; texts keep their place, and nothing counts as dropped."""
    way = Way()
    way.congest()
    way.send(frame(0))
    way.flow.send_text(b"t")
    way.send(frame(1))
    way.flow.forget_audio()
    way.send(frame(2))
    way.drain()
    assert way.connection.sent == [("send_text", b"t"), ("send_audio", frame(2))]
    assert (way.flow.dropped, way.flow.audio_waiting) == (0, 0)


@pytest.mark.parametrize("policy", WhenSlow)
def test_an_app_holds_the_peer_back(policy: WhenSlow) -> None:
    """The peer is not read until both the app and, where it pauses, the way out are ready for it."""
    way = Way(policy)
    way.flow.hold()
    way.flow.hold()
    reading = [way.connection.reading]
    way.congest()
    way.drain()
    reading.append(way.connection.reading)
    way.congest()
    way.flow.release()
    reading.append(way.connection.reading)
    way.drain()
    reading.append(way.connection.reading)
    assert reading == [False, False, policy is not WhenSlow.PAUSE, True]
    assert way.connection.asked.count(("resume",)) == 1
