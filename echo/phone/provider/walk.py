"""
The walk through an NCCO: action after action, with the events that the provider sends on the way.

What needs a network, a clock or a socket is asked of ``Around`` and ``Reports``; the walk itself is plain code.
Only a ``connect`` to a socket takes the time that it takes: nobody listens to the rest, so it is told in a line
and over at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from echo.phone.provider.actions import (
    Hook,
    describe,
    endpoint_of,
    hook_of,
    listens_for,
    press_keys,
    wait_seconds,
)
from echo.phone.provider.answer import SYNTAX_ERROR, Ncco
from echo.phone.provider.connect import Connect
from echo.phone.provider.events import (
    Leg,
    dtmf_found,
    error_event,
    notify_event,
    record_event,
    speech_found,
)
from echo.phone.provider.exchange import WebhookError
from echo.phone.provider.identity import Identity
from echo.phone.provider.terms import Around, By, Reports, Terms, Walked
from echo.untrusted import Json

#: Actions that are followed in one call, replacements included: an NCCO may ask for itself again for ever.
MAX_ACTIONS = 50

#: Seconds that all but open sockets may take in one call: servers that answer late add up. What is under way by then
#: is waited for.
MAX_ASIDE = 60.0


class Walk:
    """
    One call from its ringing to its end.

    ``ring()`` when it comes in; then either ``await run(ncco)`` or, without an NCCO, ``drop(reason)``.

    Attributes:
        walked: what became of it so far.
    """

    def __init__(self, identity: Identity, reports: Reports, around: Around, terms: Terms) -> None:
        """Prepare one call; nothing is told before ``ring``."""
        self.walked = Walked()
        self._identity = identity
        self._reports = reports
        self._around = around
        self._terms = terms
        self._hook = Hook(terms.event_url, terms.event_method)
        self._phone = Leg(
            identity.uuid, identity.from_, identity.to, identity.conversation_uuid, direction=terms.direction
        )
        self._keys = terms.keys
        self._talked = 0.0
        self._was_lost = False
        self._next_leg: str | None = identity.leg
        self._answered_at: float | None = None
        self._recordings: list[tuple[Hook, float]] = []
        self._ended_by: str | None = None
        self._elsewhere: Callable[[], Awaitable[Ncco]] | None = None
        self._is_hung_up = False
        self._follow_by_name = {
            "connect": self._connect,
            "input": self._input,
            "notify": self._notify,
            "record": self._record,
            "transfer": self._transfer,
            "wait": self._wait,
        }

    def ring(self) -> None:
        """Tell that a call comes in."""
        for status in ("started", "ringing"):
            self._tell_of_phone(self._phone.event(status, self._around.now()))

    def drop(self, reason: str = SYNTAX_ERROR) -> None:
        """Tell that the call is dropped since there is no NCCO; ``reason`` is the provider's word for it."""
        self._tell(error_event(self._identity.conversation_uuid, reason, self._around.now()))
        self._ended_by = "platform"
        self._end()

    async def run(self, ncco: Ncco) -> Walked:
        """Follow an NCCO to the end of the call; every action in it is known."""
        if not self._is_hung_up:
            self._answered_at = self._around.now()
            self._tell_of_phone(self._phone.answered(self._answered_at))
        try:
            await self._follow_all(ncco)
        finally:
            self._end()
        self.walked.problem = self._why_no_socket(ncco)
        return self.walked

    def hang_up(self) -> None:
        """End the call after what is done now; whoever asks for it ends that."""
        self._ended_by, self._is_hung_up = "platform", True

    def transfer(self, fetch: Callable[[], Awaitable[Ncco]]) -> None:
        """Go on with the NCCO that ``fetch`` brings after what is done now; whoever asks for it ends that."""
        self._elsewhere = fetch

    async def _follow_all(self, ncco: Ncco) -> None:
        left = list(ncco)
        began = self._around.now()
        while (left or self._elsewhere) and self._ended_by is None:
            if self.walked.followed == MAX_ACTIONS:
                self._around.step(f"the call ends here: {MAX_ACTIONS} actions are followed at most")
                return
            if self._around.now() - began - self._talked >= MAX_ASIDE:
                told = f"the call ends here: {MAX_ASIDE:g} s are over in which there was no socket"
                self._around.step(f"{told}; its webhooks are slow")
                return
            self.walked.followed += 1
            if self._elsewhere is not None:
                left = await self._transferred(self._elsewhere)
                continue
            replacement = await self._follow(left.pop(0))
            if replacement is not None and self._ended_by is None:
                self._around.step(f"a new NCCO takes over: {len(replacement)} action(s)")
                left = replacement

    async def _transferred(self, fetch: Callable[[], Awaitable[Ncco]]) -> Ncco:
        """Bring the NCCO that the REST API has led the call to; without one the call ends."""
        self._elsewhere = None
        try:
            ncco = await fetch()
        except WebhookError as error:
            self._around.step(f"transfer: {error}; the call ends")
            self._tell(error_event(self._identity.conversation_uuid, error.reason, self._around.now()))
            self._ended_by = "platform"
            return []
        self._around.step(f"transfer: a new NCCO takes over: {len(ncco)} action(s)")
        return ncco

    async def _follow(self, action: dict[str, Json]) -> Ncco | None:
        """Follow one action; returns the NCCO that replaces what is left of the running one, if one does."""
        follow = self._follow_by_name.get(str(action["action"]))
        if follow is not None:
            return await follow(action)
        self._around.step(describe(action))
        return None

    async def _connect(self, action: dict[str, Json]) -> Ncco | None:
        endpoint = endpoint_of(action)
        if endpoint is None:
            self._around.step("connect: it has no endpoint with a type, so the call is dropped")
            self._tell(error_event(self._identity.conversation_uuid, SYNTAX_ERROR, self._around.now()))
            self._ended_by = "platform"
            return None
        connect = Connect(
            action,
            endpoint,
            self._leg_uuid(),
            identity=self._identity,
            reports=self._reports,
            around=self._around,
            terms=self._terms,
            keys_left=len(self._keys),
            resumes=self._was_lost,
        )
        if endpoint["type"] != "websocket":
            return await connect.to_other()
        outcome, replacement = await connect.to_socket()
        # what the application answers to the loss of its socket is how the caller goes on; another action is not
        self._was_lost = outcome.by is By.APPLICATION and replacement is not None
        self._talked += connect.talked
        self.walked.outcomes.append(outcome)
        self._keys = self._keys[outcome.pressed :]
        # an end that is not the application's is that of the whole call
        self._ended_by = self._ended_by or {By.CALLER: "user", By.PROVIDER: "platform"}.get(outcome.by)
        return replacement

    async def _input(self, action: dict[str, Json]) -> Ncco | None:
        found: dict[str, Json] = {}
        pressed = ""
        wanted = listens_for(action)
        if "dtmf" in wanted:
            pressed, timed_out, self._keys = press_keys(action, self._keys)
            found |= dtmf_found(pressed, timed_out=timed_out)
        if "speech" in wanted and not pressed:
            found |= speech_found()
        self._around.step(f"input: the caller presses {pressed}" if pressed else "input: nothing is entered")
        hook = hook_of(action, self._hook)
        return await self._reports.ask(hook.url, hook.method, self._phone.input(self._around.now(), found))

    async def _notify(self, action: dict[str, Json]) -> Ncco | None:
        self._around.step(describe(action))
        hook = hook_of(action, self._hook)
        event = notify_event(self._identity.conversation_uuid, action.get("payload"), self._around.now())
        return await self._reports.ask(hook.url, hook.method, event)

    async def _record(self, action: dict[str, Json]) -> None:
        """Record from here on; without an end condition, to the end of the call."""
        self._around.step(describe(action))
        self._recordings.append((hook_of(action, self._hook), self._around.now()))

    async def _transfer(self, action: dict[str, Json]) -> None:
        """Leave: what follows in this NCCO is moot."""
        self._around.step(f"{describe(action)}: the call leaves this NCCO")
        self._ended_by = "platform"

    async def _wait(self, action: dict[str, Json]) -> None:
        asked = wait_seconds(action)
        waited = min(asked, self._terms.longest_wait)
        shortened = "" if waited == asked else f" of {asked:g} s"
        self._around.step(f"wait: {waited:g} s{shortened}")
        await self._around.wait(waited)

    def _leg_uuid(self) -> str:
        uuid, self._next_leg = self._next_leg, None
        return self._terms.new_uuid() if uuid is None else uuid

    def _end(self) -> None:
        """Tell what has ended with the call, and the end itself."""
        now = self._around.now()
        for hook, began in self._recordings:
            event = record_event(
                self._identity.conversation_uuid,
                self._terms.new_uuid(),
                self._identity.region_url,
                began,
                now,
            )
            self._reports.tell(hook.url, hook.method, event)
        ended_by = self._ended_by or "platform"
        self._tell_of_phone(self._phone.completed(now, self._answered_at, ended_by))

    def _tell_of_phone(self, event: Mapping[str, Json]) -> None:
        if not self._terms.alone:
            self._tell(event)

    def _tell(self, event: Mapping[str, Json]) -> None:
        self._reports.tell(self._hook.url, self._hook.method, event)

    def _why_no_socket(self, ncco: Ncco) -> str | None:
        outcomes = self.walked.outcomes
        if any(outcome.by is not By.NOBODY for outcome in outcomes):
            return None
        if outcomes:
            return outcomes[-1].reason
        if self._is_hung_up:
            return "the call was hung up through the REST API before a socket was open"
        names = ", ".join(dict.fromkeys(str(action["action"]) for action in ncco))
        return f"the NCCO ({names}) brought no connect to a websocket, so there is no call to listen to"
