"""The verbs of the REST API: a call is placed, looked at, ended, led elsewhere, muted, talked to."""

from __future__ import annotations

from dataclasses import dataclass

from echo.errors import RestError, UntrustedTextError
from echo.untrusted import Json, clean, parse_object
from echo.vonage import requests
from echo.vonage.requests import Document, Ncco, NewCall
from echo.vonage.sending import Sender
from echo.vonage.web import MAX_BODY, Said


@dataclass(frozen=True)
class Placed:
    """
    A call that was placed.

    Attributes:
        uuid: its leg, by which it is acted on.
        conversation_uuid: the conversation, ``CON-…``.
        status: ``started``, as a rule.
    """

    uuid: str
    conversation_uuid: str
    status: str


class VoiceApi:
    """
    Asks the REST API for one application.

    Each verb that acts on a call takes the ``region_url`` that its answer webhook told, if it told one; it raises
    ``RestError`` where it was not done, and can be cancelled.
    """

    def __init__(self, sender: Sender) -> None:
        """Ask by ``sender``."""
        self._ask = sender.send

    async def place(self, call: NewCall) -> Placed:
        """Place a call."""
        told = _object(await self._ask(requests.create(call)), "the call was placed, but")
        uuid, conversation, status = (told.get(name) for name in ("uuid", "conversation_uuid", "status"))
        if not isinstance(uuid, str) or not uuid:
            raise RestError("the call was placed, but the answer names no uuid")
        return Placed(clean(uuid, 64), clean(str(conversation or ""), 80), clean(str(status or ""), 32))

    async def look(self, uuid: str, *, region_url: str | None = None) -> Document:
        """Tell what has become of a call, as the API does: ``status``, ``duration``, ``price``, ….  Not escaped."""
        request = requests.look(uuid)
        return _object(await self._ask(request, region_url), f"could not {request.what}:")

    async def hang_up(self, uuid: str, *, region_url: str | None = None) -> None:
        """End a leg, so that no ``disconnected`` follows; one that ended meanwhile is as good."""
        try:
            await self._ask(requests.hang_up(uuid), region_url)
        except RestError as error:
            if error.status != 404 or error.attempts == 1:
                raise

    async def transfer(
        self, uuid: str, *, ncco: Ncco | None = None, url: str | None = None, region_url: str | None = None
    ) -> None:
        """Let a call go on with another NCCO, or that which ``url`` answers with."""
        await self._ask(requests.transfer(uuid, ncco=ncco, url=url), region_url)

    async def mute(self, uuid: str, *, region_url: str | None = None) -> None:
        """Let nobody hear a leg."""
        await self._ask(requests.mute(uuid), region_url)

    async def unmute(self, uuid: str, *, region_url: str | None = None) -> None:
        """Let a leg be heard again."""
        await self._ask(requests.mute(uuid, on=False), region_url)

    async def earmuff(self, uuid: str, *, region_url: str | None = None) -> None:
        """Let a leg hear nobody."""
        await self._ask(requests.earmuff(uuid), region_url)

    async def unearmuff(self, uuid: str, *, region_url: str | None = None) -> None:
        """Let a leg hear again."""
        await self._ask(requests.earmuff(uuid, on=False), region_url)

    async def talk(
        self,
        uuid: str,
        text: str,
        *,
        loop: int = 1,
        level: float = 0.0,
        region_url: str | None = None,
        **voice: Json,
    ) -> None:
        """Read a text aloud on a leg; see :func:`echo.vonage.requests.talk`."""
        await self._ask(requests.talk(uuid, text, loop=loop, level=level, **voice), region_url)

    async def stop_talk(self, uuid: str, *, region_url: str | None = None) -> None:
        """Stop reading aloud."""
        await self._ask(requests.stop_talk(uuid), region_url)

    async def stream(
        self, uuid: str, url: str, *, loop: int = 1, level: float = 0.0, region_url: str | None = None
    ) -> None:
        """Play a file on a leg; see :func:`echo.vonage.requests.stream`."""
        await self._ask(requests.stream(uuid, url, loop=loop, level=level), region_url)

    async def stop_stream(self, uuid: str, *, region_url: str | None = None) -> None:
        """Stop playing."""
        await self._ask(requests.stop_stream(uuid), region_url)

    async def press(self, uuid: str, digits: str, *, region_url: str | None = None) -> None:
        """Send keys to a leg; see :func:`echo.vonage.requests.press`."""
        await self._ask(requests.press(uuid, digits), region_url)


def _object(said: Said, before: str) -> Document:
    try:
        return parse_object(said.body, MAX_BODY)
    except UntrustedTextError as error:
        raise RestError(f"{before} the answer cannot be used: {error}", status=said.status) from None
