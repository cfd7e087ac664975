"""One ``connect`` action: the leg that it adds to the call, and the events of that leg."""

from __future__ import annotations

from collections.abc import Mapping

from echo.phone.provider.actions import Hook, describe_endpoint, hook_of, is_synchronous, limit_of
from echo.phone.provider.answer import Ncco
from echo.phone.provider.events import Leg
from echo.phone.provider.identity import Identity
from echo.phone.provider.terms import Answered, Around, By, Outcome, Reports, SocketLeg, Terms
from echo.untrusted import Json


class Connect:
    """
    One leg that is added; either ``to_socket`` or ``to_other`` is called, once.

    Attributes:
        talked: how long its socket took, in seconds; 0 for one that did not open.
    """

    def __init__(
        self,
        action: Mapping[str, Json],
        endpoint: dict[str, Json],
        uuid: str,
        *,
        identity: Identity,
        reports: Reports,
        around: Around,
        terms: Terms,
        keys_left: int = 0,
        resumes: bool = False,
    ) -> None:
        """
        Prepare the leg of name ``uuid``; its events go where ``action`` says, or the application's.

        On a socket, ``keys_left`` of the caller's keys are still to be pressed, and it may be one that ``resumes``
        another that was lost.
        """
        self._action = action
        self._endpoint = endpoint
        self._reports = reports
        self._around = around
        self._terms = terms
        self._keys_left = keys_left
        self._resumes = resumes
        self._hook = hook_of(action, Hook(terms.event_url, terms.event_method))
        self._leg = _leg(action, endpoint, uuid, identity)
        self._answered_at: float | None = None
        self.talked = 0.0

    async def to_socket(self) -> tuple[Outcome, Ncco | None]:
        """
        Open the socket and wait for its end.

        Returns:
            What became of it, and the NCCO that replaces the running one, if one does.
        """
        self._around.step(f"connect: {describe_endpoint(self._endpoint)}")
        self._ring()
        if self._terms.answered is Answered.BEFORE_SOCKET:
            self._tell_answered()
            await self._reports.settled()
        leg = SocketLeg(
            self._leg.uuid, limit_of(self._action), self._opened, self._keys_left, resumes=self._resumes
        )
        began = self._around.now()
        outcome = await self._around.open_socket(self._endpoint, leg)
        self.talked = self._around.now() - began if outcome.by is not By.NOBODY else 0.0
        after = self._not_opened if outcome.by is By.NOBODY else self._ended
        return outcome, await after(outcome)

    async def to_other(self) -> Ncco | None:
        """Let an endpoint ring that this phone does not call, a telephone say, until nobody has answered."""
        self._around.step(f"connect: {describe_endpoint(self._endpoint)}: not called here, nobody answers")
        self._ring()
        return await self._failed("unanswered", "timeout")

    def _ring(self) -> None:
        for status in ("started", "ringing"):
            self._tell(self._leg.event(status, self._around.now()))

    def _opened(self) -> None:
        """The first text was sent."""
        self._answered_at = self._around.now()
        if self._terms.answered is Answered.WITH_FIRST_TEXT:
            self._tell_answered()

    def _tell_answered(self) -> None:
        self._tell(self._leg.answered(self._around.now()))

    async def _not_opened(self, outcome: Outcome) -> Ncco | None:
        self._around.step(f"connect: {outcome.reason}")
        if outcome.timed_out:
            return await self._failed("unanswered", "timeout")
        return await self._failed("failed", "internal_error")

    async def _failed(self, status: str, detail: str) -> Ncco | None:
        """Report a leg that never was; where that is asked for, the answer says how to go on."""
        event = self._leg.event(status, self._around.now(), detail=detail)
        if is_synchronous(self._action):
            return await self._reports.ask(self._hook.url, self._hook.method, event)
        self._tell(event)
        return None

    async def _ended(self, outcome: Outcome) -> Ncco | None:
        if self._terms.answered is Answered.AFTER_SOCKET:
            self._tell_answered()
        replacement = None
        if outcome.by is By.APPLICATION:
            why = f": {outcome.reason}" if outcome.reason else ""
            self._around.step(f"connect: the application ended the socket{why}")
            event = self._leg.event("disconnected", self._around.now())
            replacement = await self._reports.ask(self._hook.url, self._hook.method, event)
        by = "user" if outcome.by in {By.CALLER, By.APPLICATION} else "platform"  # the API is the platform
        self._tell(self._leg.completed(self._around.now(), self._answered_at, by))
        return replacement

    def _tell(self, event: Mapping[str, Json]) -> None:
        self._reports.tell(self._hook.url, self._hook.method, event)


def _leg(action: Mapping[str, Json], endpoint: Mapping[str, Json], uuid: str, identity: Identity) -> Leg:
    """Make the leg as its events name it; a caller that the action does not name is the number of the call."""
    caller = action.get("from")
    where = next((endpoint[key] for key in ("uri", "number", "user", "extension") if key in endpoint), "")
    headers = endpoint.get("headers")
    is_socket = endpoint.get("type") == "websocket"
    return Leg(
        uuid=uuid,
        from_=caller if isinstance(caller, str) else identity.to,
        to=str(where),
        conversation_uuid=identity.conversation_uuid,
        direction=None if is_socket else "outbound",
        headers=headers if is_socket and isinstance(headers, dict) else None,
    )
