"""An application that acts on its call through the phone's REST API: what it notices, and what is reported of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from echo.errors import PhoneError
from echo.phone.order import ApiOrder, CallOrder
from echo.phone.reactor import Stop
from echo.phone.rest.api import call_with_api, read_public_key
from echo.phone.show.live import Nobody
from echo.vonage.client import VoiceApi
from echo.vonage.making import voice_api
from tests.phone.application import Application, Call, the_reactor
from tests.vonage.keys import APPLICATION, key, public_pem

SILENCE = bytes(320)


class ApiTests(TestCase):
    """trial fails a test that leaves a connection, a port or a timer in the reactor."""

    timeout = 30

    def setUp(self) -> None:
        """Start the application."""
        self.app = Application()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.app.stop()))
        self.work: list[Deferred[Any]] = []
        folder = Path(self.mktemp())
        folder.mkdir()
        self.key = folder / "public.key"
        self.key.write_bytes(public_pem())

    def api(self) -> VoiceApi:
        """The API that the answer webhook has told of."""
        return voice_api(the_reactor(), APPLICATION, key(), self.app.query["region_url"])

    def api_verb(self, verb: str) -> Callable[[], Coroutine[Any, Any, Any]]:
        """Do something to the caller's leg, once it is called."""
        return lambda: getattr(self.api(), verb)(self.app.query["uuid"])

    def do(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something meanwhile."""
        self.work.append(Deferred.fromCoroutine(work))

    def at_frame(self, number: int, act: Any) -> None:
        """Act once, at a message of the first socket, and echo."""

        def on_message(call: Call, payload: bytes, is_binary: bool) -> None:
            if call is self.app.calls[0] and len(call.heard) == number:
                self.do(act())
            if is_binary and call.state == call.STATE_OPEN:
                call.sendMessage(payload, isBinary=True)

        self.app.on_message = on_message

    async def call(self, *faults: str, **more: Any) -> dict[str, Any]:
        """Make a call of which the application knows the API; returns its report."""
        words: dict[str, Any] = {"duration": 2, "tail": 0.1, "event_url": self.app.url}
        order = CallOrder(self.app.url, **(words | more))
        api = ApiOrder(0, str(self.key), APPLICATION, faults)
        report = await call_with_api(the_reactor(), Stop(), order, api, Nobody())
        for work in self.work:
            await work
        document: dict[str, Any] = report.to_json()
        return document

    def uuid_of(self, which: str) -> str:
        """The leg of the caller, or of the socket, as the application knows it from its events."""
        is_socket = which == "socket"
        events = [each for each in self.app.events if each.get("to", "").startswith("ws") is is_socket]
        return str(events[0]["uuid"])

    async def test_hanging_up_the_socket(self) -> None:
        """It ends without ``disconnected``, and the NCCO goes on behind it."""
        self.app.ncco = [self.app.connect(), {"action": "talk", "text": "goodbye"}]
        self.at_frame(5, lambda: self.api().hang_up(self.uuid_of("socket")))
        told = await self.call()

        self.assertEqual((told["exit_status"], told["ended"]["by"]), (0, "api"))
        self.assertNotIn("disconnected", self.app.statuses())
        self.assertEqual(self.app.statuses().count("completed"), 2)
        self.assertIn('talk: "goodbye"', told["steps"])
        self.assertLess(told["frames"]["out"], 90)

    async def test_hanging_up_the_caller(self) -> None:
        """The call ends, whatever is left of the NCCO."""
        self.app.ncco = [self.app.connect(), {"action": "talk", "text": "goodbye"}]
        self.at_frame(5, lambda: self.api().hang_up(self.app.query["uuid"]))
        told = await self.call()

        self.assertEqual((told["exit_status"], told["ended"]["by"]), (0, "api"))
        self.assertNotIn('talk: "goodbye"', told["steps"])
        self.assertNotIn("disconnected", self.app.statuses())
        ends = [each["disconnected_by"] for each in self.app.events if each.get("status") == "completed"]
        self.assertEqual(ends, ["platform", "platform"])

    async def test_transfer_to_an_ncco(self) -> None:
        """The socket ends, and the new NCCO is followed in place of the rest of the old one."""
        self.app.ncco = [self.app.connect(), {"action": "talk", "text": "old"}]
        ncco = [{"action": "talk", "text": "new"}, self.app.connect()]
        self.at_frame(5, lambda: self.api().transfer(self.app.query["uuid"], ncco=ncco))
        told = await self.call(duration=0.3)

        self.assertEqual(len(self.app.calls), 2)
        self.assertIn('talk: "new"', told["steps"])
        self.assertNotIn('talk: "old"', told["steps"])

    async def test_transfer_to_a_url(self) -> None:
        """The URL is asked for the NCCO, as the answer URL was."""
        self.at_frame(5, lambda: self.api().transfer(self.app.query["uuid"], url=self.app.url))
        told = await self.call(duration=0.3)

        self.assertEqual((self.app.asked, len(self.app.calls), told["exit_status"]), (2, 2, 0))

    async def test_transfer_to_a_url_that_fails(self) -> None:
        """The call ends."""
        self.at_frame(5, lambda: self.api().transfer(self.app.query["uuid"], url="http://127.0.0.1:9/"))
        told = await self.call()

        self.assertTrue(any("nobody listens there" in step for step in told["steps"]))
        self.assertEqual(len(self.app.calls), 1)

    async def test_muting_the_caller(self) -> None:
        """The application hears silence until the caller is heard again."""
        acts = {5: self.api_verb("mute"), 15: self.api_verb("unmute")}

        def on_message(call: Call, _payload: bytes, _is_binary: bool) -> None:
            if (act := acts.get(len(call.heard))) is not None:
                self.do(act())

        self.app.on_message = on_message
        await self.call(duration=1)
        frames = self.app.calls[0].heard[1:]
        silent = [number for number, frame in enumerate(frames) if frame == SILENCE]
        self.assertTrue(silent)
        self.assertLess(silent[-1], len(frames) - 1)

    async def test_earmuffing_the_socket(self) -> None:
        """It is the same to the application."""
        self.at_frame(5, lambda: self.api().earmuff(self.uuid_of("socket")))
        await self.call(duration=1)
        self.assertEqual(self.app.calls[0].heard[-1], SILENCE)
        self.assertNotEqual(self.app.calls[0].heard[3], SILENCE)

    async def test_pressing_keys(self) -> None:
        """They arrive on the socket as texts."""
        self.at_frame(5, lambda: self.api().press(self.uuid_of("socket"), "1p#"))
        told = await self.call(duration=1)
        texts = [json.loads(each) for each in self.app.calls[0].heard if each[:1] == b"{"]
        self.assertEqual([each.get("digit") for each in texts], [None, "1", "#"])
        self.assertEqual(told["dtmf"], "1#")

    async def test_what_is_told_in_a_line(self) -> None:
        """Nobody listens to it here."""

        async def act() -> None:
            api, uuid, socket = self.api(), self.app.query["uuid"], self.uuid_of("socket")
            await api.talk(uuid, "hello")
            await api.stop_talk(uuid)
            await api.stream(socket, "http://127.0.0.1/a.mp3")
            await api.stop_stream(socket)
            await api.earmuff(uuid)
            await api.mute(socket)
            await api.press(uuid, "5")

        self.at_frame(5, act)
        told = await self.call(duration=1)
        self.assertEqual(
            [step.removeprefix("REST: ") for step in told["steps"] if step.startswith("REST: ")],
            [
                'the caller hears talk: "hello"',
                "the caller hears no more of it",
                "the socket hears stream: http://127.0.0.1/a.mp3",
                "the socket hears no more of it",
                "the caller hears nobody",
                "the socket is muted",
                "the caller hears the keys 5",
            ],
        )

    async def test_looking_at_the_call(self) -> None:
        """The API tells how its legs stand."""
        seen: list[Any] = []

        async def act() -> None:
            seen.append(await self.api().look(self.app.query["uuid"]))
            seen.append(await self.api().look(self.uuid_of("socket")))

        self.at_frame(5, act)
        await self.call(duration=0.5)
        caller, socket = seen
        self.assertEqual((caller["status"], caller["direction"]), ("answered", "inbound"))
        self.assertEqual(caller["to"], {"type": "phone", "number": self.app.query["to"]})
        self.assertEqual(socket["status"], "answered")
        self.assertEqual(socket["to"], {"type": "websocket", "uri": self.app.socket_url})
        self.assertEqual(socket["conversation_uuid"], self.app.query["conversation_uuid"])

    async def test_a_fault(self) -> None:
        """The application is shown an API that has a bad day."""
        self.at_frame(5, lambda: self.api().hang_up(self.app.query["uuid"]))
        told = await self.call("503")
        self.assertEqual(told["ended"]["by"], "api")

    async def test_hanging_up_while_something_is_waited_for(self) -> None:
        """A wait ends as well as a socket does."""
        self.app.ncco = [{"action": "wait", "timeout": 10}, self.app.connect()]
        self.app.replies["answered"] = _Acting(lambda: self.do(self.api().hang_up(self.app.query["uuid"])))
        told = await self.call()

        self.assertEqual((told["exit_status"], self.app.calls), (2, []))
        self.assertIn("was hung up through the REST API before a socket was open", told["problem"])

    async def test_a_port_that_is_taken(self) -> None:
        """It is told before anybody is called."""
        port = int(self.app.url.rpartition(":")[2].partition("/")[0])
        api = ApiOrder(port, str(self.key))
        with self.assertRaisesRegex(PhoneError, f"cannot listen on 127.0.0.1, port {port}: "):
            await call_with_api(the_reactor(), Stop(), CallOrder(self.app.url), api, Nobody())
        self.assertEqual(self.app.asked, 0)

    def test_a_key_that_is_none(self) -> None:
        """A sentence says what is wrong with its file."""
        self.key.write_bytes(b"x")
        for path, told in (
            ("/nowhere", "cannot be read: No such file"),
            (str(self.key), "holds no public key in PEM"),
        ):
            with self.assertRaisesRegex(PhoneError, told):
                read_public_key(path)


class _Acting:
    """Replies that say nothing, and act once."""

    def __init__(self, act: Any) -> None:
        self._acts = [act]

    def __bool__(self) -> bool:
        if self._acts:
            self._acts.pop()()
        return False
