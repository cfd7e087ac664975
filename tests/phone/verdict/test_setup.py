"""Checks of what comes before the audio."""

from __future__ import annotations

from dataclasses import replace

from echo.phone.verdict.facts import Setup
from tests.phone.verdict.made import ANSWER_URL, Found, opened, outcome, unopened, webhook


def test_without_an_answer_url_there_is_nothing_to_check() -> None:
    """A socket that is opened at once has no answer, no NCCO and no events."""
    facts = opened()
    assert outcome(facts, "answer") == (None, "Not tried: the socket was opened without an answer URL.")
    assert outcome(facts, "ncco") == (None, "Not tried: there was no NCCO.")
    assert outcome(facts, "events") == (None, "Not tried: no event was sent.")


def test_an_answer_passes_with_its_time() -> None:
    """A second attempt is told, since the caller waited for it."""
    facts = opened()
    facts.webhooks = [webhook("answer", seconds=0.25)]
    assert outcome(facts, "answer") == (True, "The answer URL gave its NCCO in 250 ms.")
    facts.webhooks = [webhook("answer", seconds=1.5, attempts=2)]
    assert outcome(facts, "answer") == (True, "The answer URL gave its NCCO in 1.5 s, at attempt 2.")


def test_an_answer_that_fails_is_told_even_if_the_fallback_saves_the_call() -> None:
    """The caller noticed nothing, and still the answer URL is broken."""
    facts = opened()
    facts.webhooks = [webhook("answer", "it answered 500."), webhook("fallback")]
    told = "The answer URL failed: it answered 500. The fallback URL answered in its place."
    assert outcome(facts, "answer") == (False, told)
    facts.webhooks = [webhook("answer", "it answered 500."), webhook("fallback", "it answered 404.")]
    assert outcome(facts, "answer") == (False, "The answer URL failed: it answered 500.")


def test_a_problem_belongs_to_the_step_that_it_came_from() -> None:
    """The one step fails, and those that were not come to are not tried."""
    answer = unopened("The answer URL cannot be reached.", "answer")
    assert outcome(answer, "answer") == (False, "The answer URL cannot be reached.")
    assert outcome(answer, "ncco") == (None, "Not tried: there was no NCCO.")
    assert outcome(answer, "upgrade") == (None, "Not tried: it did not come to that.")
    ncco = unopened("The NCCO connects to no socket.", "ncco")
    ncco.webhooks = [webhook("answer")]
    assert outcome(ncco, "answer")[0] is True
    assert outcome(ncco, "ncco") == (False, "The NCCO connects to no socket.")
    assert outcome(ncco, "upgrade")[0] is None
    upgrade = unopened("The socket answered 403.")
    upgrade.answer_url = ANSWER_URL
    assert outcome(upgrade, "ncco")[0] is True
    assert outcome(upgrade, "upgrade") == (False, "The socket answered 403.")


def test_the_ncco_is_as_good_as_the_linter_says() -> None:
    """Errors fail, warnings are told, and of several the first is shown with their number."""
    facts = opened()
    facts.answer_url = ANSWER_URL
    assert outcome(facts, "ncco") == (True, "The NCCO has no mistakes.")
    facts.ncco = [Found("warning", "$[0]: w1."), Found("warning", "$[1]: w2.")]
    assert outcome(facts, "ncco") == (True, "Warning in the NCCO: $[0]: w1. (2 warnings in all)")
    facts.ncco = [Found("warning", "$[0]: w1."), Found("error", "$[1]: e1.")]
    assert outcome(facts, "ncco") == (False, "Error in the NCCO: $[1]: e1.")


def test_an_event_that_fails_is_told_by_its_name() -> None:
    """The first that failed, and how many did."""
    facts = opened()
    facts.webhooks = [webhook(), webhook(seconds=0.5)]
    assert outcome(facts, "events") == (True, "2 events got through, the slowest in 500 ms.")
    facts.webhooks = [webhook(), webhook(problem="it answered 500.")]
    assert outcome(facts, "events") == (
        False,
        'The event "answered" failed: it answered 500. (1 of 2 failed)',
    )
    facts.webhooks = [webhook(problem="it answered 500.")]
    assert outcome(facts, "events") == (False, 'The event "answered" failed: it answered 500.')


def test_an_interruption_fails_no_event() -> None:
    """What was on its way when somebody pressed Ctrl-C is not held against the application; what failed is."""
    facts = opened()
    cut_off = replace(webhook(problem="it was not taken"), cut_off=True)
    facts.webhooks = [webhook(), cut_off]
    assert outcome(facts, "events")[0] is False

    facts.interrupted = True

    told = "Not tried: 1 of 2 events had no answer yet when the call was interrupted."
    assert outcome(facts, "events") == (None, told)
    facts.webhooks.append(webhook(problem="it answered 500."))
    told = 'The event "answered" failed: it answered 500. (1 of 3 failed)'
    assert outcome(facts, "events") == (False, told)


def test_a_socket_that_opened_passes() -> None:
    """With its time, if that was measured."""
    facts = opened()
    assert outcome(facts, "upgrade") == (True, "The socket opened.")
    facts.setup = Setup(upgrade=0.0123)
    assert outcome(facts, "upgrade") == (True, "The socket opened in 12.3 ms.")
