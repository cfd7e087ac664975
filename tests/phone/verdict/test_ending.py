"""Checks of the end of a call, of the protocol, and of the phone's own clock."""

from __future__ import annotations

from array import array

import pytest

from echo.phone.verdict.facts import Ended, Reconnect
from tests.phone.listening.applications import later_and_later
from tests.phone.verdict.made import called, opened, outcome, unopened

BROKEN = Ended(
    "phone", 1002, "the application broke the WebSocket protocol: masked server-to-client frame", 3.0
)


def test_without_a_call_nothing_ended() -> None:
    """Nothing is judged."""
    facts = unopened("refused")
    for name in ("protocol", "stays", "ending", "frame-size", "delay", "heard"):
        assert outcome(facts, name) == (None, "Not tried: there was no call.")


def test_a_broken_protocol_is_told_and_explains_the_rest() -> None:
    """The phone closed the call by a code; nobody else is blamed for the end."""
    facts = opened(BROKEN, finished=False)
    told = (
        "The call ended over it: a frame is masked, which only those of a client are (RFC 6455 section 5.1); "
    )
    told += "let the library of your server write the frames, not that of a client."
    assert outcome(facts, "protocol") == (False, told)
    assert outcome(facts, "stays") == (None, "Not tried: the provider's side ended the call.")
    assert outcome(facts, "ending") == (None, "Not tried: the provider's side ended the call after 3.0 s.")
    assert outcome(facts, "echo", "echo") == (None, "Not tried: see protocol.")


def test_audio_that_ends_the_call_breaks_no_protocol() -> None:
    """The provider's side cuts it off without a code."""
    facts = opened(Ended("phone", None, "message 0 has 320 bytes", 0.1), finished=False)
    assert outcome(facts, "protocol") == (True, "Every WebSocket frame was well formed.")


@pytest.mark.parametrize(
    ("ended", "finished", "stays", "ending"),
    [
        (
            Ended("caller", None, "", 6.0),
            True,
            (True, "until the caller hung up"),
            (True, "The caller hung up"),
        ),
        (
            Ended("application", 1000, "", 5.0),
            True,
            (True, "stayed as long as"),
            (True, "after 5.0 s, with code 1000."),
        ),
        (
            Ended("application", 1000, "bye", 2.0),
            False,
            (True, "it hung up before"),
            (True, 'and the reason "bye".'),
        ),
        (Ended("application", 1005, "", 2.0), False, (True, "as it may"), (True, "with code 1005.")),
        (
            Ended("application", 1000, "", 0.5),
            False,
            (False, "after 500 ms, with code 1000: "),
            (None, "see stays"),
        ),
        (Ended("application", 1011, "", 2.0), False, (False, "code 1011, while the"), (None, "see stays")),
        (
            Ended("application", None, "", 2.0),
            False,
            (False, "without a Close frame, while"),
            (None, "see stays"),
        ),
        (
            Ended("network", None, "", 0.2),
            False,
            (False, "The connection broke after 200 ms"),
            (None, "see stays"),
        ),
        (Ended("application", 1011, "", 5.0), True, (True, "stayed"), (False, "close with 1000, and look")),
        (
            Ended("network", None, "", 5.0),
            True,
            (True, "stayed"),
            (False, "The connection broke after 5.0 s"),
        ),
    ],
)
def test_who_may_end_a_call_and_how(
    ended: Ended, finished: bool, stays: tuple[bool | None, str], ending: tuple[bool | None, str]
) -> None:
    """An application may hang up, but not at once, not by an error, and not by going away without a word."""
    facts = opened(ended, finished=finished)
    for name, (passed, told) in (("stays", stays), ("ending", ending)):
        found = outcome(facts, name)
        assert found[0] is passed
        assert told in found[1]


@pytest.mark.parametrize(
    "ended",
    [
        Ended("network", None, "", 5.0),
        Ended("application", 1001, "bye", 0.5),
        Ended("application", 1012, "", 5.0),
    ],
)
def test_a_call_that_was_connected_again(ended: Ended) -> None:
    """However its socket was lost, the caller is not cut off; what is told is the silence."""
    facts = opened(ended, finished=False)
    facts.reconnected = Reconnect(ended.at, 1.25)
    passed, told = outcome(facts, "stays")
    assert passed is True
    assert told.endswith(", and the call was connected again: the caller heard nothing for 1.2 s.")
    assert outcome(facts, "ending")[0] is True


@pytest.mark.parametrize("code", [1002, 1008, 1011, 4000])
def test_an_application_that_failed_has_failed_though_it_was_connected_again(code: int) -> None:
    """What it was doing for the caller is lost, and begins anew."""
    facts = opened(Ended("application", code, "", 5.0), finished=False)
    facts.reconnected = Reconnect(5.0, 1.25)
    passed, told = outcome(facts, "stays")
    assert passed is False
    assert told.endswith("for 1.2 s; look at what the application logged when it closed it.")
    assert outcome(facts, "ending")[0] is None


def test_the_reason_of_an_application_is_shown_on_one_line() -> None:
    """It is untrusted."""
    facts = opened(Ended("application", 1011, "a\nb\x1b[31m", 2.0), finished=False)
    assert r'the reason "a\nb\x1b[31m"' in outcome(facts, "stays")[1]


def test_a_reason_that_is_clean_is_not_cleaned_twice() -> None:
    """A second time would double its backslashes."""
    facts = opened(Ended("application", 1011, r"\x1b[31mx\u202ey", 2.0), finished=False)
    assert r'the reason "\x1b[31mx\u202ey"' in outcome(facts, "stays")[1]


def test_a_limit_of_the_ncco_is_told_as_that() -> None:
    """The provider ended the call; nobody broke a rule."""
    facts = opened(Ended("phone", None, "the limit of 2 s in the NCCO is over", 2.0), finished=False)
    told = "Not tried: the provider's side ended the call after 2.0 s: the limit of 2 s in the NCCO is over."
    assert outcome(facts, "ending") == (None, told)
    assert outcome(facts, "protocol")[0] is True
    assert outcome(facts, "stays")[0] is None


@pytest.mark.parametrize(
    ("keys", "mutes", "passed", "told"),
    [
        ((0, 0), (0, 0), None, "Not tried: no keys were to be pressed."),
        ((4, 4), (1, 1), True, "All that was to be done was done: 4 keys pressed."),
        ((0, 0), (1, 1), True, "All that was to be done was done: 1 mute."),
        ((4, 2), (0, 0), None, "2 of 4 keys were not pressed: the call was over after 3 s."),
        (
            (1, 0),
            (2, 1),
            None,
            "1 of 1 key was not pressed and 1 of 2 mutes was not begun: the call was over after 3 s.",
        ),
    ],
)
def test_keys_and_mutes_beyond_the_end_are_told(
    keys: tuple[int, int], mutes: tuple[int, int], passed: bool | None, told: str
) -> None:
    """They fail nothing, and are not lost without a word."""
    facts = opened(Ended("caller", None, "", 3.04))
    facts.keys, facts.keys_pressed = keys
    facts.mutes, facts.mutes_begun = mutes
    assert outcome(facts, "keys") == (passed, told)
    assert outcome(unopened("refused"), "keys") == (None, "Not tried: there was no call.")


def test_the_clock_of_the_phone_is_told_and_fails_nothing() -> None:
    """Late frames are no fault of the application's, so they are only told."""
    facts = opened()
    assert outcome(facts, "clock") == (None, "Not tried: nothing was said.")
    facts.lateness = array("d", [0.001] * 99 + [0.05])
    told = (
        "The phone kept time: 99 % of the frames left within 1.00 ms of their time, the latest after 50.0 ms."
    )
    assert outcome(facts, "clock") == (True, told)
    for late in ([0.001] * 99 + [0.15], [0.001] * 90 + [0.03] * 10):
        facts.lateness = array("d", late)
        passed, told = outcome(facts, "clock")
        assert passed is None
        assert told.startswith("The phone itself was late: ")


@pytest.mark.parametrize(("latest", "passed"), [(0.0, False), (0.04, False), (0.06, None), (0.2, None)])
def test_a_delay_that_the_phone_may_have_caused_is_not_judged(latest: float, passed: bool | None) -> None:
    """150 ms of growth are the application's unless the phone was late by 50 of them, or by far too much."""
    facts = called(later_and_later(50))
    facts.lateness[7] = latest
    assert outcome(facts, "delay")[0] is passed


def test_an_end_through_the_rest_api() -> None:
    """It is the application's, and in good order."""
    facts = opened(Ended("api", None, "hung up through the REST API", 1.5), finished=False)
    assert outcome(facts, "stays") == (
        True,
        "The application hung up through the REST API after 1.5 s, as it may.",
    )
    assert outcome(facts, "ending") == (True, "The application hung up through the REST API after 1.5 s.")
