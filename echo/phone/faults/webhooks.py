"""Answer requests that nobody should believe, and one that comes twice."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from echo.errors import PhoneError
from echo.phone.faults.judging import unlike_answers, wrong_served, wrong_taken
from echo.phone.faults.ways import Forged
from echo.phone.order import CallOrder
from echo.phone.provider.answer import answer_parameters
from echo.phone.provider.exchange import ANSWER, Answer, send
from echo.phone.provider.fetch import Web
from echo.phone.provider.identity import Identity, new_uuid
from echo.phone.provider.signing import Signer


async def ask_forged(reactor: Any, order: CallOrder, way: Forged) -> str | None:
    """Ask with a good signature, then with a bad one; say what is wrong with the answers, if anything."""
    forger = signer(order, way.signer)
    good = forger if way.same_signer else signer(order, Signer)
    try:
        served = await _ask(reactor, order, _identity(order), good)
        wrong = wrong_served("a correctly signed request", served.status)
        if wrong is not None:
            return wrong
        taken = await _ask(reactor, order, _identity(order), forger)
    except PhoneError as error:
        return str(error)
    return wrong_taken(way.what, taken.status)


async def ask_twice(reactor: Any, order: CallOrder) -> str | None:
    """Ask twice for the same call; say what is wrong with the answers, if anything."""
    identity = _identity(order)
    good = signer(order, Signer) if order.signature_secret is not None else None
    try:
        answers = [await _ask(reactor, order, identity, good) for _ in range(2)]
    except PhoneError as error:
        return str(error)
    return unlike_answers([answer.status for answer in answers], [_document(answer) for answer in answers])


def signer(order: CallOrder, kind: type[Signer]) -> Signer:
    """Make a signer of this kind with what the order has."""
    if order.signature_secret is None:
        raise ValueError("nothing can be signed without a signature secret")
    named = {} if order.api_key is None else {"api_key": order.api_key}
    return kind(
        order.signature_secret,
        now=time.time,
        new_id=lambda: new_uuid(os.urandom),
        application_id=order.application_id,
        **named,
    )


def _identity(order: CallOrder) -> Identity:
    return Identity.make(os.urandom, caller=order.caller, called=order.called)


async def _ask(reactor: Any, order: CallOrder, identity: Identity, signs: Signer | None) -> Answer:
    return await send(
        Web(reactor, insecure=order.insecure),
        order.url,
        "POST" if order.post else "GET",
        answer_parameters(identity),
        patience=ANSWER,
        signer=signs,
    )


def _document(answer: Answer) -> object:
    """Read a body as JSON, so that spaces and the order of keys make no difference; else as it is."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return answer.body
