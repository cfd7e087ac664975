"""Checks of what comes before the audio: the answer, its NCCO, the webhooks, the upgrade."""

from __future__ import annotations

from echo.phone.verdict.check import Check, see, untried
from echo.phone.verdict.facts import Facts, Webhook
from echo.phone.verdict.figures import counted, ms
from echo.untrusted import clean


def answer(facts: Facts) -> Check:
    """Did the answer URL answer?"""
    name = "answer"
    asked = [webhook for webhook in facts.webhooks if webhook.kind == "answer"]
    failed = next((webhook for webhook in asked if webhook.problem is not None), None)
    if failed is not None:
        return Check(name, False, f"The answer URL failed: {failed.problem}{_rescue(facts)}")
    if facts.problem is not None and facts.failed_at == name:
        return Check(name, False, facts.problem)
    if not asked:
        return untried(name, "the socket was opened without an answer URL")
    last = asked[-1]
    return Check(name, True, f"The answer URL gave its NCCO in {ms(last.seconds)}{_attempts(last)}.")


def _rescue(facts: Facts) -> str:
    """Tell whether the fallback URL saved the call."""
    saved = any(webhook.kind == "fallback" and webhook.problem is None for webhook in facts.webhooks)
    return " The fallback URL answered in its place." if saved else ""


def _attempts(webhook: Webhook) -> str:
    return f", at attempt {webhook.attempts}" if webhook.attempts > 1 else ""


def ncco(facts: Facts) -> Check:
    """Is the NCCO right?"""
    name = "ncco"
    errors = [str(finding) for finding in facts.ncco if finding.severity == "error"]
    warnings = [str(finding) for finding in facts.ncco if finding.severity != "error"]
    if errors:
        return Check(name, False, _first(errors, "error"))
    if facts.problem is not None and facts.failed_at == name:
        return Check(name, False, facts.problem)
    if facts.answer_url is None or (facts.problem is not None and facts.failed_at == "answer"):
        return untried(name, "there was no NCCO")
    return Check(name, True, _first(warnings, "warning") if warnings else "The NCCO has no mistakes.")


def _first(findings: list[str], what: str) -> str:
    """Give the first of the linter's sentences and the number of all."""
    rest = "" if len(findings) == 1 else f" ({counted(len(findings), what)} in all)"
    return f"{'E' if what == 'error' else 'W'}{what[1:]} in the NCCO: {findings[0]}{rest}"


def events(facts: Facts) -> Check:
    """Did the event webhooks get through?"""
    name = "events"
    sent = [webhook for webhook in facts.webhooks if webhook.kind == "event"]
    # somebody who presses Ctrl-C does not wait for answers that are on their way: that is no fault of theirs
    waited = [webhook for webhook in sent if webhook.cut_off and facts.interrupted]
    failed = [webhook for webhook in sent if webhook.problem is not None and webhook not in waited]
    if failed:
        first = failed[0]
        told = f'The event "{clean(first.status, 40)}" failed: {first.problem}'
        return Check(name, False, told + (f" ({len(failed)} of {len(sent)} failed)" if len(sent) > 1 else ""))
    if not sent:
        return untried(name, "no event was sent")
    if waited:
        number = f"{len(waited)} of {counted(len(sent), 'event')}"
        return untried(name, f"{number} had no answer yet when the call was interrupted")
    slowest = max(webhook.seconds for webhook in sent)
    return Check(name, True, f"{counted(len(sent), 'event')} got through, the slowest in {ms(slowest)}.")


def upgrade(facts: Facts) -> Check:
    """Did the socket open?"""
    name = "upgrade"
    if facts.hearing is not None:
        took = facts.setup.upgrade
        return Check(
            name, True, "The socket opened." if took is None else f"The socket opened in {ms(took)}."
        )
    if any(finding.severity == "error" for finding in facts.ncco):
        return see(name, "ncco")
    if facts.problem is not None and facts.failed_at == name:
        return Check(name, False, facts.problem)
    return untried(name, "it did not come to that")
