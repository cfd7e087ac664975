"""Answer requests that nobody should believe, and one that comes twice."""

from __future__ import annotations

import json
from typing import Any

from echo.errors import PhoneError
from echo.phone.dial import ask, identity_of, signer_of
from echo.phone.faults.judging import unlike_answers, wrong_served, wrong_taken
from echo.phone.faults.ways import Forged
from echo.phone.order import CallOrder
from echo.phone.provider.exchange import Answer


async def ask_forged(reactor: Any, order: CallOrder, way: Forged) -> str | None:
    """Ask with a good signature, then with a bad one; say what is wrong with the answers, if anything."""
    forger = signer_of(order, way.signer)
    good = forger if way.same_signer else signer_of(order)
    try:
        served = await ask(reactor, order, identity_of(order), good)
        wrong = wrong_served("a correctly signed request", served.status)
        if wrong is not None:
            return wrong
        taken = await ask(reactor, order, identity_of(order), forger)
    except PhoneError as error:
        return str(error)
    return wrong_taken(way.what, taken.status)


async def ask_twice(reactor: Any, order: CallOrder) -> str | None:
    """Ask twice for the same call; say what is wrong with the answers, if anything."""
    identity = identity_of(order)
    good = signer_of(order)
    try:
        answers = [await ask(reactor, order, identity, good) for _ in range(2)]
    except PhoneError as error:
        return str(error)
    return unlike_answers([answer.status for answer in answers], [_document(answer) for answer in answers])


def _document(answer: Answer) -> object:
    """Read a body as JSON, so that spaces and the order of keys make no difference; else as it is."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return answer.body
