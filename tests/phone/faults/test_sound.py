"""Tests of echo.phone.faults.sound: when frames leave, and how they are cut."""

from __future__ import annotations

from echo.phone.faults.sound import (
    AudioBeforeText,
    Bursts,
    FragmentedAudio,
    OddSizedFrames,
    SilenceGaps,
    Stall,
)
from tests.phone.faults.doubles import FIRST_TEXT, conduct, frame


def test_bursts_send_every_frame_in_its_order() -> None:
    """25 frames leave every half second, none before the last of them was said."""
    line, said, left = conduct(Bursts(), 1.0)

    assert line.done == [("text", FIRST_TEXT), *(("audio", frame(index)) for index in range(50))]
    assert said == [frame(index) for index in range(50)]
    assert left == [0.5] * 25 + [1.0] * 25


def test_a_stall_loses_what_is_older_than_a_second() -> None:
    """Nothing leaves from 1 s to 3 s; then the frames of the last second do, and the clock goes on as before."""
    _, said, left = conduct(Stall(), 3.1)

    assert [index for index, sent in enumerate(said) if sent is None] == list(range(50, 100))
    assert left[49:51] == [0.98, 3.0]
    assert left[100:151] == [3.0] * 51
    assert left[151] == 3.02
    assert said[100] == frame(100)


def test_silence_is_not_sent() -> None:
    """After 0.6 s nothing is sent for 0.4 s; the clock goes on."""
    line, said, left = conduct(SilenceGaps(), 1.98)

    assert [index for index, sent in enumerate(said) if sent is None] == [*range(30, 50), *range(80, 100)]
    assert line.verbs().count("audio") == 60
    assert left[50] == 1.0


def test_audio_comes_before_the_text() -> None:
    """Five frames, the first text as it was, and the rest."""
    line, said, _ = conduct(AudioBeforeText(), 0.2)

    assert line.verbs() == ["audio"] * 5 + ["text"] + ["audio"] * 6
    assert line.done[5] == ("text", FIRST_TEXT)
    assert None not in said


def test_fragments_join_to_the_frame() -> None:
    """Each message comes in three pieces of which the first begins it and the last ends it."""
    line, said, _ = conduct(FragmentedAudio(), 0.02)
    pieces = line.done[1:4]

    assert b"".join(piece[1] for piece in pieces) == frame(0) == said[0]
    assert [(piece[2], piece[3]) for piece in pieces] == [(True, False), (False, False), (False, True)]
    assert [len(piece[1]) for piece in pieces] == [160, 161, 319]


def test_odd_sizes_are_bounded() -> None:
    """No message is a frame, none has more than two, and what was sent is told so that its echo is known."""
    line, said, _ = conduct(OddSizedFrames(), 0.22)
    sent = [done[1] for done in line.done[1:]]

    assert sorted({len(payload) for payload in sent}) == [0, 319, 320, 641, 1280]
    assert sent[0] == frame(0) + frame(1)
    assert [payload for payload in sent if payload] == [payload for payload in said if payload is not None]


def test_odd_sizes_begin_anew_with_each_socket() -> None:
    """A call may open several sockets with the same manner: nothing of the first one is said on the second."""
    manner = OddSizedFrames()
    conduct(manner, 0.0)
    line, _, _ = conduct(manner, 0.02)

    assert line.done[1] == ("audio", frame(0) + frame(1))
