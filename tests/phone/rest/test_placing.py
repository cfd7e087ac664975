"""Calls that are placed through the phone's REST API, as our own client places them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from echo.errors import RestError
from echo.phone.order import ApiOrder, CallOrder, RestOrder
from echo.phone.reactor import Stop
from echo.phone.rest.api import open_api
from echo.phone.rest.placing import Placing
from echo.phone.show.live import Nobody
from echo.phone.verdict.report import Report
from echo.vonage import endpoints
from echo.vonage.client import VoiceApi
from echo.vonage.making import voice_api
from echo.vonage.requests import NewCall
from tests.phone.application import Application, the_reactor
from tests.vonage.keys import APPLICATION, key, public_pem

TO = endpoints.phone("447700900123")


class PlacingTests(TestCase):
    """trial fails a test that leaves a connection, a port or a timer in the reactor."""

    timeout = 30

    def setUp(self) -> None:
        """Start the application."""
        self.app = Application()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.app.stop()))
        folder = Path(self.mktemp())
        folder.mkdir()
        self.key = folder / "public.key"
        self.key.write_bytes(public_pem())
        self.stop = Stop()
        self.told: dict[str, Report] = {}
        self.placing: Placing

    async def run_it(self, work: Any, calls: int | None = 1, **more: Any) -> list[dict[str, Any]]:
        """Serve the API, let ``work`` place calls, and tell the reports of those."""
        call = CallOrder("", **({"duration": 0.2, "tail": 0.1} | more))
        order = RestOrder(call, ApiOrder(0, str(self.key), APPLICATION), calls)
        self.placing = Placing(the_reactor(), self.stop, order, lambda _: Nobody(), self.told.__setitem__)
        async with open_api(the_reactor(), order.api, self.placing.switchboard, lambda _: None) as url:
            self.placing.url = url
            done = Deferred.fromCoroutine(self.placing.done())
            await work(voice_api(the_reactor(), APPLICATION, key(), url))
            await done
        return [report.to_json() for report in self.told.values()]

    async def test_a_phone_that_is_called(self) -> None:
        """It answers, the answer URL says what happens, and the call has its report and its events."""

        async def work(api: VoiceApi) -> None:
            call = NewCall(to=TO, from_="442079460000", answer_url=self.app.url, event_url=self.app.url)
            placed = await api.place(call)
            self.assertEqual(placed.status, "started")
            self.uuid = placed.uuid

        (told,) = await self.run_it(work, expect="echo")
        self.assertEqual((told["exit_status"], told["answer_url"]), (0, self.app.url))
        self.assertEqual([*self.told], [self.uuid])
        query = self.app.query
        self.assertEqual((query["to"], query["from"]), ("447700900123", "442079460000"))
        self.assertEqual((query["uuid"], query["region_url"]), (self.uuid, self.placing.url))
        mine = [each for each in self.app.events if each["uuid"] == self.uuid]
        self.assertEqual([each["status"] for each in mine], ["started", "ringing", "answered", "completed"])
        self.assertEqual({each["direction"] for each in mine}, {"outbound"})

    async def test_an_ncco(self) -> None:
        """It is followed, and no URL is asked."""

        async def work(api: VoiceApi) -> None:
            await api.place(NewCall(to=TO, ncco=[self.app.connect()]))

        (told,) = await self.run_it(work)
        self.assertEqual((told["exit_status"], told["answer_url"], self.app.asked), (0, None, 0))
        self.assertEqual(len(self.app.calls), 1)

    async def test_a_socket_that_is_called(self) -> None:
        """It is opened as its endpoint says, and is the only leg."""

        async def work(api: VoiceApi) -> None:
            to = endpoints.socket(
                self.app.socket_url, rate=8000, headers={"a": 1}, authorization="Bearer abc"
            )
            placed = await api.place(
                NewCall(to=to, ncco=[{"action": "talk", "text": "hello"}], event_url=self.app.url)
            )
            self.uuid = placed.uuid

        (told,) = await self.run_it(work)
        self.assertEqual((told["exit_status"], told["rate"], told["url"]), (0, 8000, self.app.socket_url))
        self.assertEqual(self.app.upgrades[0].headers["authorization"], "Bearer abc")
        self.assertIn(b'"a": 1', self.app.calls[0].heard[0])
        self.assertEqual({each["uuid"] for each in self.app.events}, {self.uuid})
        self.assertEqual(self.app.statuses(), ["started", "ringing", "answered", "completed"])

    async def test_a_call_that_is_ended(self) -> None:
        """Whoever placed it may end it, and sees that it is over."""

        async def work(api: VoiceApi) -> None:
            placed = await api.place(NewCall(to=TO, answer_url=self.app.url))
            self.app.on_open = lambda _: Deferred.fromCoroutine(api.hang_up(placed.uuid))
            self.uuid = placed.uuid

        (told,) = await self.run_it(work, duration=20)
        self.assertEqual(told["ended"]["by"], "api")
        document = self.placing.switchboard.lines[self.uuid].document()
        self.assertEqual(document["status"], "completed")
        self.assertRegex(str(document["start_time"]), r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
        self.assertIn("price", document)

    async def test_a_call_that_is_ended_before_it_began(self) -> None:
        """Nobody is connected to anything."""

        async def work(api: VoiceApi) -> None:
            document: dict[str, Any] = {"to": [TO], "random_from_number": True, "ncco": [self.app.connect()]}
            self.placing.place(document).leg.hang_up()

        (told,) = await self.run_it(work)
        self.assertEqual(self.app.calls, [])
        self.assertIn("was hung up through the REST API", told["problem"])

    async def test_several_calls(self) -> None:
        """They go on beside each other; the last one ends it."""

        async def work(api: VoiceApi) -> None:
            for _ in range(3):
                await api.place(NewCall(to=TO, answer_url=self.app.url))

        told = await self.run_it(work, calls=3)
        self.assertEqual([each["exit_status"] for each in told], [0, 0, 0])

    async def test_more_calls_than_there_are_to_be(self) -> None:
        """They are refused, and the first ones go on."""

        async def work(api: VoiceApi) -> None:
            call = NewCall(to=TO, answer_url=self.app.url)
            await api.place(call)
            with self.assertRaisesRegex(RestError, "this phone places no more calls"):
                await api.place(call)

        self.assertEqual(len(await self.run_it(work)), 1)

    async def test_a_stop(self) -> None:
        """Ctrl-C ends it, and hangs up what is on."""

        async def work(api: VoiceApi) -> None:
            await api.place(NewCall(to=TO, answer_url=self.app.url))
            self.app.on_open = lambda _: self.stop.ask()

        (told,) = await self.run_it(work, calls=None, duration=20)
        self.assertTrue(told["interrupted"])
