"""Tests of echo.phone.load.ear: how one of many calls is heard."""

from __future__ import annotations

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.phone.listening.far_end import DOCUMENTED
from echo.phone.listening.hearing import Hearing
from echo.phone.load.ear import SEARCHED, Crossings, listen, take_trips
from echo.phone.load.histogram import Histogram

AUDIO = AudioFormat(16000)


def hear(number: int, crossings: Crossings) -> Hearing:
    """A call that takes part."""
    hearing = listen(AUDIO, DOCUMENTED, 0.0, crossings.look)
    crossings.join(hearing.echoes)
    hearing.said(Numbered(AUDIO, number).frame(0), 0.0)
    return hearing


def test_an_echo_is_measured_and_its_time_not_kept() -> None:
    """The round trip goes to the histogram, so that a long call takes no more memory than a short one."""
    hearing, trips = hear(1, Crossings()), Histogram()

    assert hearing.heard(Numbered(AUDIO, 1).frame(0), 1, 0.004) is None
    take_trips(hearing, trips)

    assert trips.count == 1
    assert trips.longest == 0.004
    assert len(hearing.echoes.trips) == 0
    assert hearing.echoes.matched == 1


def test_the_sound_itself_is_not_looked_at() -> None:
    """Frames are played, but nobody measures how loud they are or keeps them."""
    hearing = hear(1, Crossings())
    hearing.heard(Numbered(AUDIO, 1).frame(0), 1, 0.004)

    assert hearing.play(0.01)[0] == [Numbered(AUDIO, 1).frame(0)]
    assert hearing.content.heard_steps == 0


def test_the_rules_of_the_provider_hold() -> None:
    """A message of another size than a frame's ends the call."""
    hearing = hear(1, Crossings())

    assert hearing.heard(bytes(320), 1, 0.004) == "message 0 has 320 bytes where a frame at 16000 Hz has 640"


def test_the_frame_of_another_call_is_found_out() -> None:
    """What call 2 said and call 1 hears is a crossing; what nobody said is none."""
    crossings = Crossings()
    one, _ = hear(1, crossings), hear(2, crossings)
    one.heard(Numbered(AUDIO, 1).frame(0), 1, 0.004)
    one.heard(Numbered(AUDIO, 2).frame(0), 1, 0.024)
    one.heard(Numbered(AUDIO, 3).frame(0), 1, 0.044)

    assert one.echoes.altered == 2
    assert crossings.found == 1


def test_a_call_that_is_over_is_not_searched() -> None:
    """It may leave twice."""
    crossings = Crossings()
    one, two = hear(1, crossings), hear(2, crossings)
    crossings.leave(two.echoes)
    crossings.leave(two.echoes)
    one.heard(Numbered(AUDIO, 2).frame(0), 1, 0.004)

    assert crossings.found == 0


def test_the_search_is_bounded() -> None:
    """An application with audio of its own does not make the phone search for all of it."""
    crossings = Crossings()
    hear(1, crossings)
    for _ in range(SEARCHED + 100):
        crossings.look(Numbered(AUDIO, 1).frame(0))

    assert crossings.found == SEARCHED
