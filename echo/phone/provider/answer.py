"""The answer webhook: the question that comes with a call, and the NCCO that is the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from echo.errors import NccoError
from echo.ncco.rules import action_names
from echo.ncco.template import NccoTemplate
from echo.phone.provider.exchange import (
    ANSWER,
    Answer,
    Asks,
    NoAnswerError,
    Signs,
    WebhookError,
    problem_of,
    send,
)
from echo.phone.provider.identity import Identity
from echo.phone.verdict.facts import Webhook
from echo.phone.words import meant
from echo.untrusted import Json, clean

#: The actions of an NCCO, as dicts.
Ncco: TypeAlias = list[dict[str, Json]]

#: Takes note of a webhook.
Keep: TypeAlias = Callable[[Webhook], None]

#: What the provider says of an NCCO that is none, in its event and to a fallback URL.
SYNTAX_ERROR = "Syntax error in NCCO. Invalid value type or action."

#: The provider does not look at a body that calls itself one of these.
_PAGES = ("text/html", "text/xml", "application/xml", "application/xhtml+xml")


def answer_parameters(identity: Identity) -> dict[str, Json]:
    """Make what an answer URL is asked with."""
    return {
        "to": identity.to,
        "from": identity.from_,
        "uuid": identity.uuid,
        "conversation_uuid": identity.conversation_uuid,
        "endpoint_type": "phone",
        "region_url": identity.region_url,
    }


def fallback_parameters(original: Mapping[str, Json], *, reason: str, url: str, kind: str) -> dict[str, Json]:
    """
    Make what a fallback URL is asked with: the original parameters and why they come here.

    Args:
        original: what the first URL was asked with.
        reason: why that failed, in a few words.
        url: the first URL.
        kind: ``answer`` or ``event``; the documents show the latter only.
    """
    return {**original, "reason": reason, "original_request": {"url": url, "type": kind}}


def read_ncco(answer: Answer, url: str) -> Ncco:
    """
    Take the NCCO out of an answer.

    Raises:
        WebhookError: where the provider would find none.
    """
    shown = clean(url, 200)
    problem = problem_of(answer) or _wrong_type(answer)
    if problem is not None:
        reason = f"HTTP {answer.status}." if problem_of(answer) else "Invalid content type."
        raise WebhookError(f"{shown}: {problem}", reason)
    try:
        actions = list(NccoTemplate.parse(answer.body, shown).actions)
    except NccoError as error:
        raise WebhookError(str(error), SYNTAX_ERROR) from None
    known_actions = action_names()
    for index, action in enumerate(actions):
        if action["action"] not in known_actions:
            name = clean(str(action["action"]), 64)
            known = ", ".join(known_actions[:-1])
            advice = meant(name, known_actions)
            sentence = f'{shown}: $[{index}].action: "{name}" is no action; there are {known}{advice}'
            raise WebhookError(sentence, SYNTAX_ERROR)
    return actions


def _wrong_type(answer: Answer) -> str | None:
    said = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said in _PAGES:
        return f"its Content-Type is {said} where application/json is required"
    return None


async def answer(
    web: Asks,
    url: str,
    method: str,
    identity: Identity,
    *,
    keep: Keep,
    fallback: str | None = None,
    fallback_method: str = "GET",
    signer: Signs | None = None,
) -> Ncco:
    """
    Ask an answer URL for the NCCO of a call, and a fallback URL if that fails.

    Args:
        web: sends requests.
        url: the answer URL.
        method: GET or POST.
        identity: the call.
        keep: is told of each webhook, also of those that failed.
        fallback: the fallback URL, if there is one.
        fallback_method: GET or POST.
        signer: signs, if somebody does.

    Raises:
        WebhookError: where there is no NCCO: the call is dropped.
    """
    parameters = answer_parameters(identity)
    try:
        return await _ask(web, url, method, parameters, kind="answer", keep=keep, signer=signer)
    except WebhookError as error:
        if fallback is None:
            raise
        first = error
    parameters = fallback_parameters(parameters, reason=first.reason, url=url, kind="answer")
    try:
        return await _ask(
            web, fallback, fallback_method, parameters, kind="fallback", keep=keep, signer=signer
        )
    except WebhookError as error:
        raise WebhookError(f"{first}; and the fallback URL failed too: {error}", error.reason) from None


async def _ask(
    web: Asks,
    url: str,
    method: str,
    parameters: dict[str, Json],
    *,
    kind: str,
    keep: Keep,
    signer: Signs | None,
) -> Ncco:
    """Ask one URL and keep what came of it."""
    try:
        said = await send(web, url, method, parameters, patience=ANSWER, signer=signer)
    except NoAnswerError as error:
        keep(webhook(kind, "", url, error, str(error)))
        raise
    try:
        ncco = read_ncco(said, url)
    except WebhookError as error:
        keep(webhook(kind, "", url, said, str(error)))
        raise
    keep(webhook(kind, "", url, said, None))
    return ncco


def webhook(kind: str, status: str, url: str, came: Answer | NoAnswerError, problem: str | None) -> Webhook:
    """Note what came of a webhook: an answer, or none."""
    return Webhook(
        kind=kind,
        status=status,
        url=url,
        http=came.status if isinstance(came, Answer) else None,
        seconds=came.seconds,
        attempts=came.attempts,
        problem=problem,
    )
