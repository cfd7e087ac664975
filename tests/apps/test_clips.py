"""What apps keep of what callers say has one bound for all of them."""

from __future__ import annotations

from echo.apps.clips import Clip, Clips, Memory


def test_a_clip_is_its_frames() -> None:
    """They come out as they went in, as far as they are wanted."""
    clip = Clip(Clips(Memory(100)))
    assert [clip.add(frame) for frame in (b"ab", b"cd", b"ef")] == [True] * 3
    assert (len(clip), clip.pcm(), clip.pcm(without=1), clip.pcm(without=3)) == (6, b"abcdef", b"abcd", b"")


def test_clips_share_one_memory() -> None:
    """What one has taken another has not, until it is given back."""
    memory = Memory(5)
    one, other = Clip(Clips(memory)), Clip(Clips(memory))
    assert one.add(b"abc")
    assert not other.add(b"def")
    assert other.add(b"de")
    one.clear()
    assert (len(one), one.pcm(), memory.used) == (0, b"", 2)
    assert other.add(b"fgh")


def test_nothing_is_kept_once_the_call_is_over() -> None:
    """Who still has a clip in hand, or takes another, takes no memory that nobody would give back."""
    memory = Memory(10)
    clips = Clips(memory)
    clip, empty = Clip(clips), Clip(clips)
    clip.add(b"abc")
    clips.end()
    assert (clip.add(b"d"), empty.add(b"e"), Clip(clips).add(b"f")) == (False, False, False)
    assert (len(clip), memory.used) == (0, 0)
