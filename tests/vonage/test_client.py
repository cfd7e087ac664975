"""Every verb of the REST client, against the phone's API over a real socket; trial fails what leaves one open."""

from __future__ import annotations

import os
from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from echo.errors import RestError
from echo.phone.provider.rest.faults import Fault
from echo.vonage import endpoints
from echo.vonage.client import VoiceApi
from echo.vonage.patience import Patience
from echo.vonage.requests import NewCall
from echo.vonage.sending import Sender
from echo.vonage.tokens import ApplicationTokens
from echo.vonage.web import Web
from tests.phone.provider.rest.legs import CONVERSATION, UUID
from tests.vonage.api import SimulatedApi, url_of
from tests.vonage.keys import APPLICATION, key

NOON = 1795348800.0
NCCO = [{"action": "talk", "text": "hello"}]

#: So short that nobody waits for it.
HASTY = Patience(connect=5, read=5, first=0.001, most=0.002)


def the_reactor() -> Any:
    """The reactor, which importing installs."""
    from twisted.internet import reactor  # noqa: PLC0415  it must not be installed when the tests are collected

    return reactor


class Tests(TestCase):
    """What a request does at the other end of a socket."""

    timeout = 20

    def setUp(self) -> None:
        """Let there be one leg, which is answered."""
        self.api = SimulatedApi(lambda: NOON)
        self.leg, self.placed, self.steps = self.api.leg, self.api.placed, self.api.steps

    def serve(self, *faults: Fault, key_number: int = 0, patience: Patience = HASTY) -> VoiceApi:
        """The phone's API, and a client of it."""
        self.api.faults(*faults)
        port = self.api.listen(the_reactor())
        self.addCleanup(port.stopListening)
        tokens = ApplicationTokens(APPLICATION, key(key_number), now=lambda: NOON, random=os.urandom)
        sender = Sender(
            tokens=tokens,
            web=Web(the_reactor()),
            reactor=the_reactor(),
            now=lambda: NOON,
            random=lambda: 0.5,
            api_url=url_of(port),
            patience=patience,
        )
        return VoiceApi(sender)

    def after(self, work: Coroutine[Any, Any, Any], *done: tuple[object, ...]) -> Deferred[None]:
        """The leg has done this when ``work`` is over."""

        def look(_: object) -> None:
            self.assertEqual(self.leg.done, list(done))

        return Deferred.fromCoroutine(work).addCallback(look)

    def refused(self, work: Coroutine[Any, Any, Any], told: str) -> Deferred[RestError]:
        """The work fails with a sentence that tells something."""

        def look(error: RestError) -> RestError:
            self.assertIn(told, str(error))
            self.assertNotIn("Bearer", str(error))
            return error

        failing: Deferred[RestError] = self.assertFailure(Deferred.fromCoroutine(work), RestError)
        return failing.addCallback(look)

    def test_a_call_to_a_phone(self) -> Deferred[None]:
        """It is placed as it was asked for, and named by its uuid."""

        async def work() -> None:
            call = NewCall(
                to=endpoints.phone("+44 7700 900123"),
                from_="447700900124",
                answer_url="https://echo.example.com/ncco",
                event_url="https://echo.example.com/events",
                ringing=30,
                longest=600,
            )
            placed = await self.serve().place(call)
            self.assertEqual(placed.uuid, UUID)
            self.assertEqual(placed.conversation_uuid, CONVERSATION)
            self.assertEqual(placed.status, "answered")

        def look(_: object) -> None:
            self.assertEqual(
                self.placed,
                [
                    {
                        "to": [{"type": "phone", "number": "447700900123"}],
                        "from": {"type": "phone", "number": "447700900124"},
                        "answer_url": ["https://echo.example.com/ncco"],
                        "answer_method": "GET",
                        "event_url": ["https://echo.example.com/events"],
                        "event_method": "POST",
                        "ringing_timer": 30,
                        "length_timer": 600,
                    }
                ],
            )

        return Deferred.fromCoroutine(work()).addCallback(look)

    def test_a_call_to_a_socket(self) -> Deferred[None]:
        """It goes to our own socket, which the provider opens with its signature."""

        async def work() -> None:
            to = endpoints.socket("wss://echo.example.com/socket", rate=24000, headers={"a": 1})
            await self.serve().place(NewCall(to=to, ncco=NCCO))

        def look(_: object) -> None:
            (document,) = self.placed
            endpoint = {
                "type": "websocket",
                "uri": "wss://echo.example.com/socket",
                "content-type": "audio/l16;rate=24000",
                "headers": {"a": 1},
                "authorization": {"type": "vonage"},
            }
            self.assertEqual(document, {"to": [endpoint], "random_from_number": True, "ncco": NCCO})

        return Deferred.fromCoroutine(work()).addCallback(look)

    def test_a_look_at_a_call(self) -> Deferred[None]:
        """What the API knows of a call is told."""

        async def work() -> None:
            told = await self.serve().look(UUID)
            self.assertEqual((told["status"], told["uuid"]), ("answered", UUID))

        return self.after(work())

    def test_hang_up(self) -> Deferred[None]:
        """It ends the leg."""
        return self.after(self.serve().hang_up(UUID), ("hang up",))

    def test_transfer_to_an_ncco(self) -> Deferred[None]:
        """The call goes on with it."""
        return self.after(self.serve().transfer(UUID, ncco=NCCO), ("transfer", NCCO, None))

    def test_transfer_to_a_url(self) -> Deferred[None]:
        """The call goes on with what it answers."""
        url = "https://echo.example.com/other"
        return self.after(self.serve().transfer(UUID, url=url), ("transfer", None, url))

    def test_mute(self) -> Deferred[None]:
        """Nobody hears the leg."""
        return self.after(self.serve().mute(UUID), ("mute", True))

    def test_unmute(self) -> Deferred[None]:
        """It is heard again."""
        return self.after(self.serve().unmute(UUID), ("mute", False))

    def test_earmuff(self) -> Deferred[None]:
        """The leg hears nobody."""
        return self.after(self.serve().earmuff(UUID), ("earmuff", True))

    def test_unearmuff(self) -> Deferred[None]:
        """It hears again."""
        return self.after(self.serve().unearmuff(UUID), ("earmuff", False))

    def test_talk(self) -> Deferred[None]:
        """A text is read aloud."""
        work = self.serve().talk(UUID, "hello", language="en-GB", level=0.4)
        return self.after(work, ("play", 'talk: "hello"'))

    def test_stop_talk(self) -> Deferred[None]:
        """It is heard no more."""
        return self.after(self.serve().stop_talk(UUID), ("play", None))

    def test_stream(self) -> Deferred[None]:
        """A file is played."""
        work = self.serve().stream(UUID, "https://echo.example.com/a.mp3", loop=0)
        return self.after(work, ("play", "stream: https://echo.example.com/a.mp3"))

    def test_stop_stream(self) -> Deferred[None]:
        """It is heard no more."""
        return self.after(self.serve().stop_stream(UUID), ("play", None))

    def test_press(self) -> Deferred[None]:
        """Keys are pressed."""
        return self.after(self.serve().press(UUID, "12p#"), ("press", "12p#"))

    def test_a_leg_that_is_not_there(self) -> Deferred[RestError]:
        """The sentence says what may have become of it."""
        return self.refused(
            self.serve().mute("nobody"), "could not mute nobody: it answered 404 (it knows no such call"
        )

    def test_a_leg_that_ended_while_it_was_hung_up(self) -> Deferred[None]:
        """It is over, which is what was asked for."""
        work = self.serve(Fault("503")).hang_up("nobody")
        return self.after(work)

    def test_another_key(self) -> Deferred[RestError]:
        """The token is refused, and what to look at is told."""
        work = self.serve(key_number=1).hang_up(UUID)
        return self.refused(
            work, "it does not take our token: do application and private key belong together"
        )

    def test_a_fault_401(self) -> Deferred[RestError]:
        """A new token that is refused is not replaced by another new one."""
        work = self.serve(Fault("401", 9)).hang_up(UUID)
        return self.refused(work, "it answered 401").addCallback(self.asked, 1)

    def test_a_fault_that_passes(self) -> Deferred[None]:
        """429, 500, a broken connection: it is asked again until it is done, and done once."""
        work = self.serve(Fault("500"), Fault("503"), Fault("drop")).hang_up(UUID)
        return self.after(work, ("hang up",))

    def test_a_fault_429(self) -> Deferred[None]:
        """It is asked again when the API says so."""
        return self.after(self.serve(Fault("429")).hang_up(UUID), ("hang up",))

    def test_a_fault_that_lasts(self) -> Deferred[RestError]:
        """It is given up after four tries."""
        work = self.serve(Fault("500", 9)).hang_up(UUID)
        return self.refused(work, "it answered 500 (it failed)").addCallback(self.asked, 4)

    def test_a_redirect(self) -> Deferred[RestError]:
        """It is not followed."""
        work = self.serve(Fault("redirect")).hang_up(UUID)
        return self.refused(work, "it redirects (302), and that is not followed").addCallback(self.asked, 1)

    def test_a_call_whose_answer_is_lost(self) -> Deferred[RestError]:
        """It may ring, so no second one is placed."""
        work = self.serve(Fault("drop")).place(NewCall(to=endpoints.phone("447700900123"), ncco=NCCO))
        return self.refused(work, "could not place the call: it").addCallback(self.asked, 1)

    def test_a_call_whose_answer_is_garbage(self) -> Deferred[RestError]:
        """It was placed, and that is told."""
        work = self.serve(Fault("garbage")).place(NewCall(to=endpoints.phone("447700900123"), ncco=NCCO))
        return self.refused(work, "the call was placed, but the answer cannot be used").addCallback(
            self.asked, 1
        )

    def test_a_look_whose_answer_is_garbage(self) -> Deferred[RestError]:
        """There is nothing to look at."""
        return self.refused(self.serve(Fault("garbage")).look(UUID), "the answer cannot be used")

    def test_an_api_that_is_slow(self) -> Deferred[RestError]:
        """Nobody waits for it for longer than is of use."""
        work = self.serve(Fault("slow", 9), patience=Patience(read=0.1, tries=1)).mute(UUID)
        return self.refused(work, "it did not answer within 0.1 s").addCallback(self.asked, 1)

    def asked(self, error: RestError, times: int) -> RestError:
        """The API was asked so often."""
        self.assertEqual(len(self.steps), times)
        return error
