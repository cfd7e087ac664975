"""Callers in a room hear one another soon, and never themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from twisted.internet.task import Clock

from echo.apps.bridge import MOST_MEMBERS
from echo.apps.table import shipped
from echo.apps.tools import Tools
from echo.audio.format import RATES
from tests.apps.caller import FRAME_SECONDS, Caller, stripped
from tests.apps.sound import dbfs, likeness, wave
from tests.speech.recordings import recording_bytes


class Party:
    """Several callers on one clock; each says what it is told, frame by frame."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.tools: Tools = Caller(lambda _: None, clock=self.clock).tools
        self.callers: list[Caller] = []

    def join(self, rate: int = 16000, room: str | None = None) -> Caller:
        """Let somebody call."""
        headers = {} if room is None else {"room": room}
        caller = Caller(
            shipped("bridge", self.tools),
            is_maker=True,
            rate=rate,
            headers=headers,
            clock=self.clock,
            tools=self.tools,
            number=len(self.callers) + 1,
        )
        self.callers.append(caller)
        return caller

    def talk(self, said: dict[int, bytes], seconds: float, late: dict[int, float] | None = None) -> None:
        """Let callers say PCM, by their places; the others say silence. ``late`` puts off somebody's frames."""
        for number in range(round(seconds / FRAME_SECONDS)):
            for place, caller in enumerate(self.callers):
                size = caller.audio.frame_bytes
                frame = said.get(place, b"")[number * size : (number + 1) * size].ljust(size, b"\0")
                delay = (late or {}).get(place, 0.0)
                self.clock.callLater(delay, self._say, caller, frame)
            for _ in range(4):
                self.clock.advance(FRAME_SECONDS / 4)
                for caller in self.callers:
                    caller.hear()

    def _say(self, caller: Caller, frame: bytes) -> None:
        if caller.call.ending is None:
            caller.call.receive_audio(frame, self.clock.seconds())


@pytest.mark.parametrize("rate", RATES)
def test_two_are_joined(rate: int) -> None:
    """Speech goes both ways as it is, within a frame."""
    party = Party()
    one, other = party.join(rate), party.join(rate)
    said = recording_bytes(rate)
    party.talk({0: said}, 3)
    party.talk({1: said}, 3)
    for caller, at in ((other, 0.0), (one, 3.0)):
        correlation, place, gain = likeness(caller.heard, said)
        assert correlation > 0.999
        assert abs(gain) < 0.01
        assert place / rate == pytest.approx(at, abs=0.041)
        assert bytes(caller.heard).count(stripped(said)[1000:3000]) == 1


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("late", [0.0, 0.007, 0.019])
def test_three_hear_each_other_and_not_themselves(rate: int, late: float) -> None:
    """Each hears both others, as loud as they are, less than 60 ms later; of oneself there is nothing above -50 dB."""
    party = Party()
    callers = [party.join(rate) for _ in range(3)]
    party.talk({}, 0.5)
    began = len(callers[0].heard)
    rng = np.random.default_rng(rate)
    said = {place: rng.normal(0, 3000, rate * 2).astype("<i2").tobytes() for place in range(3)}
    party.talk(said, 3, {1: late, 2: late / 2})
    for place, caller in enumerate(callers):
        heard = caller.heard[began:]
        for other in {0, 1, 2} - {place}:
            correlation, at, _ = likeness(heard, said[other])
            assert 0.65 < correlation < 0.75  # one of two that are equally loud
            assert at / rate < 0.06
        ear, own = wave(heard), wave(said[place])
        size = 1 << 18
        leak = np.abs(np.fft.irfft(np.fft.rfft(ear, size) * np.conj(np.fft.rfft(own, size)), size)).max()
        at_most = float(leak / (own @ own))
        assert 20 * np.log10(at_most) < -24  # what chance makes alike; the next test is exact
        assert dbfs(heard) == pytest.approx(dbfs(said[0]) + 3 - 1.76, abs=0.8)


def test_of_oneself_there_is_nothing() -> None:
    """Who alone speaks in a room of three hears silence, bit by bit, while the others hear them."""
    party = Party()
    callers = [party.join() for _ in range(3)]
    party.talk({0: recording_bytes(16000)}, 3)
    assert not callers[0].heard.strip(b"\0")
    assert all(likeness(caller.heard, recording_bytes(16000))[0] > 0.999 for caller in callers[1:])


def test_rooms_are_apart() -> None:
    """Callers of another room, or of the lobby, are not heard."""
    party = Party()
    callers = [party.join(room=room) for room in ("a", "a", "b", None, "lobby")]
    party.talk({0: recording_bytes(16000), 3: b"\x07" * 64000}, 3)
    assert likeness(callers[1].heard, recording_bytes(16000))[0] > 0.999
    assert not callers[2].heard.strip(b"\0")
    assert b"\x07" * 60000 in bytes(callers[4].heard)
    assert set(party.tools.rooms) == {"a", "b", "lobby"}


@pytest.mark.parametrize("count", [2, 3])
def test_calls_of_different_rates_meet(count: int) -> None:
    """Each hears the others at its own rate, in exact frames."""
    party = Party()
    callers = [party.join(rate) for rate in (8000, 24000, 16000)[:count]]
    party.talk({0: recording_bytes(8000)}, 3)
    for caller in callers[1:]:
        correlation, at, gain = likeness(caller.heard, recording_bytes(caller.audio.rate))
        assert correlation > 0.9  # what is above 4 kHz cannot have come
        assert at / caller.audio.rate < 0.06
        assert abs(gain) < 1.5
        assert {len(frame) for frame in caller.connection.audio} == {caller.audio.frame_bytes}


def test_who_leaves_is_gone() -> None:
    """The others talk on, two of them without a clock, and an empty room is no more."""
    party = Party()
    callers = [party.join() for _ in range(3)]
    party.talk({}, 0.5)
    callers[1].hang_up()
    at = len(callers[2].heard)
    party.talk({0: recording_bytes(16000)}, 3)
    assert likeness(callers[2].heard[at:], recording_bytes(16000))[0] > 0.999
    for caller in (callers[0], callers[2]):
        caller.hang_up()
    assert party.tools.rooms == {}
    timers: Sequence[Any] = party.clock.getDelayedCalls()
    assert [call for call in timers if call.func.__name__ == "_wake"] == []


def test_a_burst_is_heard_late_for_a_moment_only() -> None:
    """Frames that a stalled network brings all at once are cut to what is not late."""
    party = Party()
    callers = [party.join() for _ in range(3)]
    party.talk({}, 0.5)
    for _ in range(50):
        callers[0].call.receive_audio(b"\x01\x01" * 320, party.clock.seconds())
    at = len(callers[1].heard)
    party.talk({}, 1)
    assert bytes(callers[1].heard[at:]).count(b"\x01\x01" * 320) <= 4


def test_a_full_room_takes_nobody() -> None:
    """Who comes too late is told so."""
    party = Party()
    for _ in range(MOST_MEMBERS):
        party.join()
    last = party.join()
    assert last.closed == (1013, "the room is full")
    last.hang_up()
    assert len(party.tools.rooms["lobby"]) == MOST_MEMBERS


@pytest.mark.parametrize("room", ["", 5, None, ["a"], {"a": 1}])
def test_what_is_no_name_is_the_lobby(room: object) -> None:
    """Headers may hold anything."""
    party = Party()
    party.join(room=room)  # type: ignore[arg-type]
    assert set(party.tools.rooms) == {"lobby"}
