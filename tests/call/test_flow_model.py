"""
The flow against a model of it, under any sequence of sends, congestion and relief.

The model says what waits by a definition rather than by steps: of the audio, the longest end of what came
that fits the bounds; of the texts, all.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from echo.call.flow import WhenSlow
from tests.call.test_flow import QUEUE_BYTES, QUEUE_MESSAGES, TEXTS, Way

Message = tuple[str, bytes]

#: Sends of audio by size and of texts; drains by how many messages the connection takes then.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("audio"), st.sampled_from([0, 1, 4, 320, 640, 960, 3200, 6400, 6401, 8192])),
        st.tuples(st.just("burst"), st.sampled_from([1, 8, 640])),
        st.tuples(st.just("text"), st.just(1)),
        st.tuples(st.just("drain"), st.integers(1, 30)),
    ),
    max_size=60,
)


@dataclass
class Model:
    """What must have been sent, must wait, and must be gone."""

    policy: WhenSlow
    room: int
    sent: list[Message] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    dropped: int = 0
    closed: list[int] = field(default_factory=list)

    def send(self, message: Message) -> None:
        """Send or keep a message."""
        if self.closed:
            return
        self.waiting.append(message)
        self.flush()
        if self.policy is WhenSlow.DROP:
            surplus = [message for message in self.audio() if message not in self.fitting()]
            self.dropped += len(surplus)
            self.waiting = [message for message in self.waiting if message not in surplus]
        if self.policy is not WhenSlow.PAUSE and len(self.waiting) - len(self.audio()) > TEXTS:
            self.close(1008)
        elif self.policy is WhenSlow.CLOSE and self.fitting() != self.audio():
            self.close(1013)

    def drain(self, room: int) -> None:
        """Let so many messages go."""
        self.room = room
        if not self.closed:
            self.flush()

    def flush(self) -> None:
        """Send while there is room."""
        going = self.waiting[: max(0, self.room)]
        self.sent += going
        self.room -= len(going)
        del self.waiting[: len(going)]

    def close(self, code: int) -> None:
        """End the call."""
        self.closed.append(code)
        self.dropped += len(self.audio())
        self.waiting = []

    def audio(self) -> list[Message]:
        """The audio that waits."""
        return [message for message in self.waiting if message[0] == "send_audio"]

    def fitting(self) -> list[Message]:
        """The longest end of it that fits, of one message at least."""
        audio = self.audio()
        ends = [audio[start:] for start in range(len(audio))]
        fits = (
            end
            for end in ends
            if len(end) <= 1
            or (len(end) <= QUEUE_MESSAGES and sum(len(payload) for _, payload in end) <= QUEUE_BYTES)
        )
        return next(fits, [])


class Numbered(bytes):
    """A payload that equals itself only, so that empty messages can be told apart too."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def play(way: Way, model: Model, what: str, size: int) -> None:
    """Do one step to both."""
    if what == "drain":
        way.drain(size)
        model.drain(size)
        return
    for _ in range(45 if what == "burst" else 1):
        payload = Numbered(size)
        if what == "text":
            way.flow.send_text(payload)
            model.send(("send_text", payload))
        else:
            way.flow.send_audio(payload)
            model.send(("send_audio", payload))


@settings(max_examples=80)
@given(policy=st.sampled_from(WhenSlow), room=st.integers(1, 5), steps=STEPS)
def test_flow_does_what_the_model_says(policy: WhenSlow, room: int, steps: list[tuple[str, int]]) -> None:
    """Sent, waiting, dropped and closed are the model's after every step; nothing is lost uncounted."""
    way, model = Way(policy, room), Model(policy, room)
    audio_in = 0
    for what, size in steps:
        over = bool(model.closed)
        play(way, model, what, size)
        if not over:
            audio_in += {"audio": 1, "burst": 45}.get(what, 0)
        assert way.connection.sent == model.sent
        assert way.flow.audio_waiting == sum(len(payload) for _, payload in model.audio())
        assert way.flow.dropped == model.dropped
        assert [code for code, _ in way.closed] == model.closed
    if not model.closed:
        assert way.figures.frames_out + len(model.audio()) + way.flow.dropped == audio_in
        way.drain()
        assert way.connection.sent == model.sent + model.waiting
    if policy is WhenSlow.PAUSE:
        assert (way.flow.dropped, way.closed) == (0, [])
        assert way.connection.reading
