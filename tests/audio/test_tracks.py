"""One side of a recording: what is placed where, at 100 samples a frame."""

from __future__ import annotations

from echo.audio.tracks import Heard, Sent

FRAME = 100
AHEAD = 1000


def pcm(letter: bytes, samples: int = FRAME) -> bytes:
    """So many samples that can be told from others."""
    return letter * 2 * samples


def heard(*arrivals: tuple[int, bytes]) -> list[tuple[int, bytes]]:
    """Where messages that came at these moments are placed."""
    track = Heard(FRAME, AHEAD)
    for at, audio in arrivals:
        track.add(at, audio)
    track.settle(10**6)
    return track.take(10**6)


def test_messages_in_time_follow_each_other() -> None:
    """Jitter below a frame tears no gap."""
    assert [at for at, _ in heard((0, pcm(b"a")), (130, pcm(b"b")), (199, pcm(b"c")))] == [0, 100, 200]


def test_a_gap_is_silence() -> None:
    """What comes a frame late or more is placed when it came."""
    assert [at for at, _ in heard((0, pcm(b"a")), (700, pcm(b"b")), (800, pcm(b"c")))] == [0, 700, 800]


def test_what_a_stall_kept_back_goes_where_it_belongs() -> None:
    """Messages that come all at once are placed before the moment at which they came."""
    burst = [(500, pcm(b"x")) for _ in range(4)]
    assert [at for at, _ in heard((0, pcm(b"a")), *burst, (600, pcm(b"y")))] == [0, 200, 300, 400, 500, 600]


def test_what_waits_is_placed_only_as_far_as_it_is_old_enough() -> None:
    """What came behind the horizon waits, and counts as held."""
    track = Heard(FRAME, AHEAD)
    track.add(0, pcm(b"a"))
    track.add(900, pcm(b"b"))
    track.settle(500)
    assert track.take(10**6) == [(0, pcm(b"a"))]
    assert track.held == 200


def test_sent_in_advance_is_heard_in_turn() -> None:
    """Messages that are sent all at once are heard one after the other."""
    track = Sent(FRAME, AHEAD)
    for letter in (b"a", b"b", b"c"):
        track.add(50, pcm(letter))
    assert track.take(10**6) == [(0, pcm(b"a")), (100, pcm(b"b")), (200, pcm(b"c"))]


def test_what_is_cleared_is_not_heard() -> None:
    """A clear ends what is being heard in its midst, and takes what waits behind it."""
    track = Sent(FRAME, AHEAD)
    for letter in (b"a", b"b", b"c"):
        track.add(0, pcm(letter))
    track.clear(130)
    track.add(140, pcm(b"d"))
    assert track.take(10**6) == [(0, pcm(b"a")), (100, pcm(b"b", 30)), (130, pcm(b"d"))]
    assert track.held == 0


def test_a_clear_of_nothing_changes_nothing() -> None:
    """A clear behind everything leaves it as it is."""
    track = Sent(FRAME, AHEAD)
    track.add(0, pcm(b"a"))
    track.clear(5000)
    assert track.end == 100
    assert track.take(10**6) == [(0, pcm(b"a"))]


def test_a_piece_is_cut_at_the_horizon() -> None:
    """What lies across the horizon is taken in two parts."""
    track = Sent(FRAME, AHEAD)
    track.add(0, pcm(b"a"))
    assert track.take(30) == [(0, pcm(b"a", 30))]
    assert track.take(100) == [(30, pcm(b"a", 70))]
    assert track.held == 0


def test_what_is_too_far_ahead_is_left_out_and_counted() -> None:
    """Who sends faster than sound is heard fills neither memory nor disk."""
    track = Sent(FRAME, AHEAD)
    for _ in range(20):
        track.add(0, pcm(b"a"))
    assert track.end == AHEAD + FRAME
    assert track.left_out == 900
    assert track.held == 2 * track.end


def test_half_a_sample_is_left_out() -> None:
    """A message of odd length does not make noise of those behind it."""
    assert heard((0, b"abc"), (1, b"de")) == [(0, b"ab"), (1, b"de")]
