"""One-time passes of sockets."""

from __future__ import annotations

import pytest

from echo.webhook.passes import PASS_BYTES, Pass, Passes, without_passes

CALL, OTHER = Pass("CON-1"), Pass("CON-2")


def random(number: int) -> bytes:
    """Bytes of which no two numbers have the same."""
    return number.to_bytes(PASS_BYTES, "big")


def given(passes: Passes, number: int, owner: Pass = CALL, *, now: float = 0.0) -> str:
    """A pass that is good for ten minutes."""
    return passes.issue(owner, random(number), now=now, seconds=600)


def test_a_pass_opens_one_socket() -> None:
    """It tells whose it is, and then it is used up."""
    passes = Passes()
    first, second = given(passes, 1), given(passes, 2, OTHER)
    assert passes.redeem(second, 1.0) == OTHER
    assert passes.redeem(first, 1.0) == CALL
    assert passes.redeem(first, 1.0) is None


def test_a_pass_can_stand_in_a_path() -> None:
    """Letters, digits, minus and underscore; 128 bits are 22 of them."""
    text = Passes().issue(CALL, b"\xff" * PASS_BYTES, now=0.0, seconds=600)
    assert len(text) == 22
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_pass_ends() -> None:
    """It is good up to its time, and not at it."""
    passes = Passes()
    first, second = given(passes, 1), given(passes, 2)
    assert passes.redeem(first, 599.9) == CALL
    assert passes.redeem(second, 600.0) is None


def test_a_shorter_time_counts_at_once() -> None:
    """A pass ends in its own time, whatever those before it were given."""
    passes = Passes()
    given(passes, 1)
    short = passes.issue(CALL, random(2), now=0.0, seconds=5)
    assert passes.redeem(short, 5.0) is None


@pytest.mark.parametrize("guess", ["", "x" * 22, "\ud800", "A" * 10_000, "AAAAAAAAAAAAAAAAAAAAAQ=="])
def test_what_was_never_given_opens_nothing(guess: str) -> None:
    """Not a guess, not an empty text, not what is no text at all, not a pass in another spelling."""
    passes = Passes()
    assert given(passes, 1) == "AAAAAAAAAAAAAAAAAAAAAQ"
    assert passes.redeem(guess, 0.0) is None
    assert len(passes) == 1


def test_memory_is_bounded() -> None:
    """Beyond the most, the oldest is void; those that ended leave by themselves."""
    passes = Passes(most=2)
    all_three = [given(passes, number) for number in range(3)]
    assert [passes.redeem(each, 0.0) for each in all_three] == [None, CALL, CALL]
    given(passes, 4)
    given(passes, 5)
    given(passes, 6, now=700.0)
    assert len(passes) == 1


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("wss://a.example/socket/AAAAAAAAAAAAAAAAAAAAAQ", "wss://a.example/socket/..."),
        ("wss://a.example/x/socket/AAAAAAAAAAAAAAAAAAAAA-?a=b", "wss://a.example/x/socket/...?a=b"),
        ('{"to":"wss:\\/\\/a\\/socket\\/AAAAAAAAAAAAAAAAAAAAA_"}', '{"to":"wss:\\/\\/a\\/socket\\/..."}'),
        ("to=wss%3A%2F%2Fa%2Fsocket%2FAAAA%2DAAAA and more", "to=wss%3A%2F%2Fa%2Fsocket%2F... and more"),
        ("/socket/AAAA and /socket/BBBB", "/socket/... and /socket/..."),
        ("wss://a.example/socket", "wss://a.example/socket"),
        ("a socket/of any kind", "a socket/of any kind"),
    ],
)
def test_no_pass_is_logged(text: str, logged: str) -> None:
    """Whatever stands below the address of the socket is left out, even where the text was cut."""
    assert without_passes(text) == logged
