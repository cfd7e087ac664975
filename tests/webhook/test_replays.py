"""What is remembered of tokens that were used."""

from __future__ import annotations

from echo.webhook.replays import Replays, Seen


def test_a_name_is_new_once() -> None:
    """The second time it is told how long ago the first was, and whether the request was the same."""
    replays = Replays(keep=600)
    assert replays.note("a", b"one", issued=100.0, now=1.0) is None
    assert replays.note("a", b"one", issued=100.0, now=2.0) == Seen(1.0, is_same=True)
    assert replays.note("a", b"two", issued=100.0, now=3.0) == Seen(2.0, is_same=False)


def test_a_name_is_forgotten_in_time() -> None:
    """After so many seconds its token is too old to be believed anyhow, and its place is free."""
    replays = Replays(keep=600)
    replays.note("a", b"", issued=0.0, now=0.0)
    replays.note("b", b"", issued=600.0, now=600.0)
    assert len(replays) == 2
    replays.note("c", b"", issued=601.0, now=600.1)
    assert len(replays) == 2


def test_a_full_memory_believes_nobody_it_may_have_forgotten() -> None:
    """Whoever was pushed out is refused still, and so is everything that is as old."""
    replays = Replays(keep=600, most=2)
    for number, name in enumerate("abc"):
        assert replays.note(name, b"", issued=float(number), now=10.0) is None
    assert len(replays) == 2
    assert replays.note("a", b"", issued=0.0, now=11.0) == Seen(float("inf"), is_same=False)
    assert replays.note("d", b"", issued=5.0, now=12.0) is None


def test_who_was_forgotten_for_its_age_is_not_believed_again() -> None:
    """A wall clock that is set back makes an old token look new, and it stays refused."""
    replays = Replays(keep=600)
    replays.note("a", b"", issued=10_000.0, now=0.0)
    replays.note("b", b"", issued=10_700.0, now=700.0)
    again = replays.note("a", b"", issued=10_000.0, now=701.0)
    assert again is not None
    assert not again.is_same


def test_a_name_may_be_any_text() -> None:
    """Half a character has no encoding, and is a name all the same."""
    replays = Replays(keep=600)
    assert replays.note("\ud800", b"", issued=0.0, now=0.0) is None
    assert replays.note("\ud800", b"", issued=0.0, now=0.0) is not None
