"""
From an order to what a call is made of: who signs, what the socket is opened with, its rate, its first text, who
listens; and the way from an answer URL to the end of its NCCO.

A single call and each of many are made of the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol

from echo.audio.format import AudioFormat
from echo.errors import PhoneError
from echo.phone.line.texts import TextStyle, connected
from echo.phone.listening import far_end as far_ends
from echo.phone.listening.far_end import FarEnd
from echo.phone.order import DEFAULT_RATE, CallOrder
from echo.phone.provider.answer import Keep, Ncco, answer, answer_parameters
from echo.phone.provider.exchange import ANSWER, Answer, Signs, WebhookError, send
from echo.phone.provider.fetch import Web
from echo.phone.provider.identity import Identity, new_uuid
from echo.phone.provider.signing import API_KEY, Signer
from echo.phone.provider.terms import Answered, Around, By, Outcome, Reports, SocketLeg, Terms
from echo.phone.provider.walk import Walk
from echo.phone.provider.webhooks import FINISH_SECONDS, Events
from echo.phone.reactor import Stop
from echo.phone.verdict.facts import Ended
from echo.untrusted import Json, clean

#: How long events are waited for at the end of a call that was stopped, in seconds: a person waits.
LAST_WORDS: Final = 1.0

#: What an outcome is called in a walk, by who ended the socket.
_BY = {
    "api": By.API,
    "caller": By.CALLER,
    "application": By.APPLICATION,
    "phone": By.PROVIDER,
    "network": By.APPLICATION,
}


def fresh_uuid() -> str:
    """Name something as nothing else is named."""
    return new_uuid(os.urandom)


def signer_of(order: CallOrder, kind: type[Signer] = Signer) -> Signer | None:
    """
    Make who signs the webhooks of an order; ``None`` where it has no secret.

    Raises:
        PhoneError: for a secret that is none.
    """
    if order.signature_secret is None:
        return None
    return kind(
        order.signature_secret,
        now=time.time,
        new_id=fresh_uuid,
        api_key=order.api_key or API_KEY,
        application_id=order.application_id,
    )


def identity_of(order: CallOrder, caller: str | None = None) -> Identity:
    """Name a new call; ``caller`` calls where the order does not say who does."""
    return Identity.make(os.urandom, caller=order.caller or caller, called=order.called)


def far_end_of(order: CallOrder) -> FarEnd:
    """Make the far end that an order asks for."""
    chosen = far_ends.BY_NAME[order.far_end]
    return replace(chosen, capacity=order.buffer, answer_cleared=order.notify_on_clear == "answer")


# The socket.


def own_socket(order: CallOrder) -> tuple[dict[str, Json], SocketLeg]:
    """Make the endpoint of a socket that is the order's URL, as an NCCO would have it, and its leg."""
    endpoint: dict[str, Json] = {"type": "websocket", "uri": order.url, "headers": dict(order.headers)}
    if order.authorization == "vonage":
        endpoint["authorization"] = {"type": "vonage"}
    elif order.authorization is not None:
        endpoint["authorization"] = {"type": "custom", "value": order.authorization}
    return endpoint, SocketLeg(fresh_uuid(), None, lambda: None, len(order.dtmf))


def format_of(order: CallOrder, endpoint: Mapping[str, Json]) -> AudioFormat:
    """
    Find the rate of a call: the order's, else the endpoint's.

    Raises:
        PhoneError: for a content-type that the provider does not know.
    """
    if order.rate is not None:
        return AudioFormat(order.rate)
    wanted = endpoint.get("content-type", f"audio/l16;rate={DEFAULT_RATE}")
    found = AudioFormat.parse(wanted) if isinstance(wanted, str) else None
    if found is None:
        shown = clean(str(wanted), 80)
        raise PhoneError(f"content-type {shown}: audio/l16;rate=8000, 16000 or 24000 is required")
    return found


def style_of(order: CallOrder) -> TextStyle:
    """Tell how the provider writes the text messages of an order."""
    return TextStyle(order.leading_space, order.legacy)


def first_text(order: CallOrder, endpoint: Mapping[str, Json], audio: AudioFormat) -> str:
    """Write the first text message of a socket: its format, and the endpoint's headers beside it."""
    headers = endpoint.get("headers")
    return style_of(order).write(connected(audio.content_type, headers if isinstance(headers, dict) else {}))


def outcome_of(ended: Ended) -> Outcome:
    """Tell a walk how a socket ended."""
    return Outcome(_BY[ended.by], ended.reason)


# The answer URL.


async def ask(reactor: Any, order: CallOrder, identity: Identity, signer: Signs | None) -> Answer:
    """
    Ask the order's answer URL as for a call, whatever it answers.

    Raises:
        NoAnswerError: where nobody answers.
    """
    web = Web(reactor, insecure=order.insecure)
    parameters = answer_parameters(identity)
    return await send(web, order.url, _method(order), parameters, patience=ANSWER, signer=signer)


class Controls(Protocol):
    """What the REST API does to a call; :class:`echo.phone.control.Control` fulfils it."""

    def begin(self, walk: Walk, fetch: Callable[[str], Awaitable[Ncco]]) -> None:
        """Let ``walk`` be led; ``fetch`` asks a URL for an NCCO."""
        ...

    def watched(self, reports: Reports) -> Reports:
        """Hear of all events before they are sent."""
        ...


@dataclass(frozen=True)
class AnswerUrl:
    """
    A call that begins at an answer URL.

    Attributes:
        reactor: Twisted's.
        order: what was asked for.
        signer: signs the webhooks where somebody does.
        stop: Ctrl-C.
        keep: is told of each webhook.
        brought: is told the NCCO, and how many seconds it took.
        identity: names the call.
        answered: when the ``answered`` event of a socket leaves.
        ncco: followed in place of what the answer URL says, which is not asked then.
        control: what the REST API does to the call, if there is one.
        direction: whether the call comes in or was placed.
        alone: it is a socket that is called, and nobody else.
    """

    reactor: Any
    order: CallOrder
    signer: Signer | None
    stop: Stop
    keep: Keep
    brought: Callable[[Ncco, float], None]
    identity: Identity
    answered: Answered = Answered.WITH_FIRST_TEXT
    ncco: Ncco | None = None
    control: Controls | None = None
    direction: str = "inbound"
    alone: bool = False

    async def follow(self, around: Around) -> str | None:
        """Ask for the NCCO and follow it to its end; returns why no socket was ever open, ``None`` if one was."""
        web = Web(self.reactor, insecure=self.order.insecure)
        events = self._events(web, around)
        if self.control is None:
            walk = Walk(self.identity, events, around, self._terms())
        else:
            walk = Walk(self.identity, self.control.watched(events), around, self._terms())
            self.control.begin(walk, partial(self._elsewhere, web))
        walk.ring()
        try:
            return (await walk.run(await self._ncco(web))).problem
        except WebhookError as error:
            walk.drop(error.reason)
            return str(error)
        finally:
            await events.finish(LAST_WORDS if self.stop.asked else FINISH_SECONDS)

    async def _elsewhere(self, web: Web, url: str) -> Ncco:
        """Ask a URL that the REST API leads the call to."""
        return await answer(web, url, "GET", self.identity, keep=self.keep, signer=self.signer)

    async def _ncco(self, web: Web) -> Ncco:
        order, began = self.order, self.reactor.seconds()
        if self.ncco is not None:
            self.brought(self.ncco, 0.0)
            return self.ncco
        method = _method(order)
        ncco = await answer(
            web,
            order.url,
            method,
            self.identity,
            keep=self.keep,
            fallback=order.fallback,
            fallback_method=method,
            signer=self.signer,
        )
        self.brought(ncco, self.reactor.seconds() - began)
        return ncco

    def _events(self, web: Web, around: Around) -> Events:
        return Events(
            web,
            self.reactor,
            keep=self.keep,
            step=around.step,
            fallback=self.order.fallback,
            signer=self.signer,
        )

    def _terms(self) -> Terms:
        return Terms(
            new_uuid=fresh_uuid,
            event_url=self.order.event_url,
            keys="".join(digit for _, digit in self.order.dtmf),
            answered=self.answered,
            direction=self.direction,
            alone=self.alone,
        )


def _method(order: CallOrder) -> str:
    return "POST" if order.post else "GET"
