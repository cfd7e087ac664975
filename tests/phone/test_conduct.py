"""Tests of echo.phone.conduct: whole calls to an application on this machine, and what is reported of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from echo.errors import PhoneError
from echo.phone import conduct as conducting
from echo.phone import dial as dialling
from echo.phone.conduct import ORDINARY, Conditions, conduct, run_call, run_replay
from echo.phone.order import CallOrder
from echo.phone.provider.identity import Identity
from echo.phone.provider.terms import Answered
from echo.phone.reactor import Stop
from echo.phone.show.live import Nobody
from echo.phone.trace.form import Entry
from echo.phone.trace.reading import read_trace
from tests.phone.application import Application, Call, the_reactor
from tests.phone.provider.doubles import IDENTITY

SECRET = "a signature secret that is long enough"


class ConductTests(TestCase):
    """trial fails a test that leaves a connection, a port or a timer in the reactor."""

    timeout = 20

    def setUp(self) -> None:
        """Start the application."""
        self.app = Application()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.app.stop()))
        self.stop = Stop()

    def order(self, url: str | None = None, **more: Any) -> CallOrder:
        """A call of 100 ms."""
        chosen: dict[str, Any] = {"duration": 0.1, "tail": 0.1}
        return CallOrder(url or self.app.url, **(chosen | more))

    async def call(self, order: CallOrder, conditions: Conditions = ORDINARY) -> dict[str, Any]:
        """Make a call; returns its report."""
        report = await conduct(the_reactor(), order, Nobody(), self.stop, conditions)
        document: dict[str, Any] = report.to_json()
        return document

    async def test_an_answer_url(self) -> None:
        """The NCCO is asked for, its socket opened, each event told, and everything passes."""
        told = await self.call(self.order(expect="echo"))

        self.assertEqual((told["exit_status"], told["problem"]), (0, None))
        self.assertEqual((told["url"], told["answer_url"]), (self.app.socket_url, self.app.url))
        self.assertEqual((told["rate"], told["frames"]["out"], told["frames"]["echoed"]), (8000, 5, 5))
        self.assertEqual(told["ended"]["by"], "caller")
        self.assertEqual(self.app.statuses(), ["started", "ringing", "answered", "completed"])
        self.assertEqual(self.app.events[-1]["disconnected_by"], "user")
        self.assertIsNotNone(told["setup"]["ncco"])
        self.assertIsNotNone(told["setup"]["upgrade"])
        self.assertIn("the caller hung up without a Close frame", told["steps"][-1])
        self.assertFalse(told["interrupted"])

    async def test_the_events_of_the_phone_leg(self) -> None:
        """With an event URL the caller's own leg is told as well; it is posted as the rest, signed."""
        order = self.order(event_url=self.app.url, signature_secret=SECRET, api_key="abc", post=False)
        told = await self.call(order, Conditions(identity=IDENTITY, answered=Answered.AFTER_SOCKET))

        self.assertEqual(told["exit_status"], 0)
        self.assertEqual([event["uuid"] for event in self.app.events].count(IDENTITY.uuid), 4)
        self.assertEqual(len(told["webhooks"]), 9)

    def folder(self) -> Path:
        """A new folder."""
        folder = Path(self.mktemp())
        folder.mkdir()
        return folder

    def _drop_the_first(self, call: Call, _payload: bytes, _is_binary: bool) -> None:
        if len(self.app.calls) == 1 and len(call.heard) == 3:
            call.dropConnection(abort=True)

    def _stop_at_the_tenth(self, call: Call, _payload: bytes, _is_binary: bool) -> None:
        if len(call.heard) == 10:
            self.stop.ask()

    async def test_post(self) -> None:
        """The answer URL may be asked by POST."""
        self.app.replies[None] = [[self.app.connect()]]  # type: ignore[index]  # the question has no status
        self.app.replies[None] = _Queue(self.app.replies[None])  # type: ignore[index]  # as above
        told = await self.call(self.order(post=True))

        self.assertEqual(told["exit_status"], 0)
        self.assertEqual((self.app.asked, self.app.events[0]["endpoint_type"]), (0, "phone"))

    async def test_a_socket(self) -> None:
        """A socket is opened at once, with the headers and the authorization that were asked for."""
        order = self.order(
            self.app.socket_url, rate=24000, headers={"language": "en"}, authorization="Bearer x"
        )
        told = await self.call(order)

        self.assertEqual((told["exit_status"], told["answer_url"], told["rate"]), (0, None, 24000))
        self.assertIn(b'"language": "en"', self.app.calls[0].heard[0])
        self.assertIn(b"rate=24000", self.app.calls[0].heard[0])
        self.assertEqual(self.app.upgrades[0].headers["authorization"], "Bearer x")

    async def test_a_signed_socket(self) -> None:
        """``vonage`` is the token that the provider makes."""
        await self.call(
            self.order(
                self.app.socket_url, authorization="vonage", signature_secret=SECRET, application_id="a"
            )
        )

        self.assertRegex(self.app.upgrades[0].headers["authorization"], r"Bearer \S+\.\S+\.\S+")

    async def test_an_answer_url_that_fails(self) -> None:
        """A status that is none of success is no call; the caller's leg is told as dropped."""
        for status, said in {404: "404", 500: "500", 301: "301"}.items():
            self.app.status = status
            told = await self.call(self.order(event_url=self.app.url))
            self.assertEqual((told["exit_status"], told["ended"]), (2, None))
            self.assertEqual(len(told["problem"].splitlines()), 1)
            self.assertIn(said, told["problem"])
        self.assertEqual(self.app.statuses()[-1], "completed")

    async def test_an_ncco_without_a_socket(self) -> None:
        """An NCCO that only talks brings no call to listen to."""
        self.app.ncco = [{"action": "talk", "text": "hello"}, {"action": "wait", "timeout": 0.1}]
        told = await self.call(self.order())

        self.assertEqual(told["exit_status"], 2)
        self.assertIn("brought no connect to a websocket", told["problem"])
        self.assertEqual(told["steps"][1:], ['talk: "hello"', "wait: 0.1 s"])

    async def test_a_socket_that_does_not_open(self) -> None:
        """A socket that is refused is told with its address, in the report and in the events."""
        self.app.ncco = [self.app.connect(uri="ws://127.0.0.1:9/")]
        told = await self.call(self.order())

        self.assertEqual((told["exit_status"], told["url"]), (2, "ws://127.0.0.1:9/"))
        self.assertIn("connection refused", told["problem"])
        self.assertEqual(self.app.statuses(), ["started", "ringing", "failed"])

    async def test_an_upgrade_that_is_never_answered(self) -> None:
        """A socket that says nothing for too long is unanswered, whatever its address is called."""
        self.app.ncco = [self.app.connect(uri=f"{self.app.url.replace('http', 'ws')}/within")]
        failed = await self.call(self.order())
        self.app.ncco[0]["endpoint"][0]["uri"] = self._silent()
        silent = await self.call(self.order(), Conditions(open_seconds=0.1))

        self.assertIn("within 0.1 s", silent["problem"])
        self.assertIn("it answered the upgrade with", failed["problem"])
        self.assertEqual(self.app.statuses()[2::3], ["failed", "unanswered"])

    def _silent(self) -> str:
        """A port that takes connections and says nothing."""
        from twisted.internet.protocol import Factory, Protocol  # noqa: PLC0415

        port = the_reactor().listenTCP(0, Factory.forProtocol(Protocol), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return f"ws://127.0.0.1:{port.getHost().port}/"

    async def test_a_second_socket(self) -> None:
        """Behind an end by the application a new NCCO goes on; the caller says the rest, and the silence is told."""
        folder = self.folder()
        self.app.replies["disconnected"] = _Queue(
            [[self.app.connect(**{"content-type": "audio/l16;rate=16000"})]]
        )
        self.app.on_message = self._drop_the_first
        order = self.order(record=str(folder / "heard.wav"), trace=str(folder / "call.jsonl"))
        told = await self.call(order)

        self.assertEqual(len(self.app.calls), 2)
        self.assertEqual((told["exit_status"], told["rate"]), (0, 16000))
        self.assertEqual(told["ended"]["by"], "caller")
        (lost,) = told["reconnects"]
        self.assertGreater(lost["after"], 0)
        self.assertGreater(lost["silence"], 0)
        self.assertIn("a new NCCO takes over: 1 action(s)", told["steps"])
        self.assertIn("disconnected", self.app.statuses())
        traces = [read_trace(folder / name) for name in ("call.jsonl", "call-2.jsonl")]
        self.assertEqual([trace.audio.rate for trace in traces], [8000, 16000])
        self.assertEqual([[*trace.entries][-1].kind for trace in traces], ["close", "close"])

    async def test_two_sockets_that_pass(self) -> None:
        """Where no socket failed, the last one is the report."""
        self.app.ncco = [self.app.connect(), self.app.connect(**{"content-type": "audio/l16;rate=16000"})]
        self.app.on_message = _close_after(6)
        told = await self.call(self.order(duration=0.1, tail=5))

        self.assertEqual((told["exit_status"], told["rate"], len(self.app.calls)), (0, 16000, 2))

    async def test_an_order_that_cannot_be_carried_out(self) -> None:
        """Audio that is not there, and files that cannot be written, are told before anybody is called."""
        for more in ({"audio": "/nowhere/x.wav"}, {"trace": "/nowhere/x.jsonl"}, {"signature_secret": ""}):
            with self.assertRaises(PhoneError):
                await self.call(self.order(**more))
        self.assertEqual(self.app.asked, 0)

    # Ctrl-C.

    async def test_ctrl_c_hangs_up(self) -> None:
        """In a call it is the caller who hangs up, at once and whole: the report is given, the events say user."""
        self.app.on_message = self._stop_at_the_tenth
        told = await self.call(self.order(duration=60, hangup="close"))

        self.assertEqual((told["exit_status"], told["interrupted"], told["ended"]["by"]), (2, True, "caller"))
        self.assertLess(told["duration"], 5000)
        self.assertEqual(await self.app.calls[0].ended, 1000)
        self.assertEqual(self.app.events[-1]["disconnected_by"], "user")

    async def test_ctrl_c_while_the_answer_url_hangs(self) -> None:
        """Before there is a call it ends the question."""
        self.app.ncco, self.app.on_answer = None, self.stop.ask
        told = await self.call(self.order())

        self.assertEqual((told["exit_status"], told["interrupted"]), (2, True))
        self.assertEqual(told["problem"], "interrupted before the call was open")

    async def test_ctrl_c_while_the_socket_opens(self) -> None:
        """So does it while a socket is being opened; the leg ends as one whose caller has gone."""
        self.app.ncco = [self.app.connect(uri=self._silent())]
        the_reactor().callLater(0.15, self.stop.ask)
        told = await self.call(self.order())

        self.assertEqual((told["exit_status"], told["interrupted"]), (2, True))
        self.assertEqual(told["problem"], "interrupted before the call was open")
        self.assertEqual(self.app.statuses()[-1], "completed")
        self.assertEqual(self.app.events[-1]["disconnected_by"], "user")

    async def test_ctrl_c_behind_a_call(self) -> None:
        """While an event hangs at the end of a call it ends the waiting, and the report is that of the call."""
        self.app.replies["completed"], self.app.on_answer = "never", self.stop.ask
        told = await self.call(self.order())

        self.assertEqual((told["ended"]["by"], told["problem"]), ("caller", None))
        self.assertEqual(told["webhooks"][-1]["status"], "completed")
        self.assertIn("was not taken before the phone had to go", told["webhooks"][-1]["problem"])

    async def test_ctrl_c_in_a_wait(self) -> None:
        """A wait of an NCCO is over as well."""
        self.app.ncco = [{"action": "wait", "timeout": 9}]
        the_reactor().callLater(0.15, self.stop.ask)
        told = await self.call(self.order())

        self.assertEqual(told["problem"], "interrupted before the call was open")

    async def test_ctrl_c_before_anything(self) -> None:
        """A call that begins when it was pressed already is not made."""
        self.stop.ask()
        told = await self.call(self.order())

        self.assertEqual((told["exit_status"], self.app.asked), (2, 0))

    async def test_last_words_are_short(self) -> None:
        """Behind Ctrl-C events are waited for a moment only."""
        self.patch(dialling, "LAST_WORDS", 0.05)
        self.app.replies["completed"] = "never"
        self.app.on_message = self._stop_at_the_tenth
        told = await self.call(self.order(duration=60))

        self.assertEqual((told["ended"]["by"], told["interrupted"]), ("caller", True))
        self.assertIn("was not taken", told["webhooks"][-1]["problem"])

    async def test_a_cancellation_is_no_ctrl_c(self) -> None:
        """Who cancels a call from outside is told so, in a socket and before it."""
        self.app.ncco = [self.app.connect(uri=self._silent())]
        for url in (self.app.url, self.app.ncco[0]["endpoint"][0]["uri"]):
            work = Deferred.fromCoroutine(self.call(self.order(url)))
            the_reactor().callLater(0.15, work.cancel)
            with self.assertRaises(CancelledError):
                await work

    # On a reactor of its own.

    async def test_run_call_and_replay(self) -> None:
        """``run_replay`` makes a call with what was said in a trace, at its rate."""
        made: list[Any] = []

        def run(work: Any) -> Any:
            made.append(Deferred.fromCoroutine(work(the_reactor(), self.stop)))

        self.patch(conducting, "run", run)
        path = Path(self.mktemp())
        run_call(self.order(self.app.socket_url, rate=24000, trace=str(path)), Nobody())
        first = (await made[0]).to_json()
        trace = replace(read_trace(path), note="the trace was cut")
        run_replay(replace(self.order(self.app.socket_url), duration=None), trace, Nobody())
        again = (await made[1]).to_json()

        self.assertEqual((first["rate"], again["rate"], again["talked"]), (24000, 24000, "a trace"))
        self.assertEqual((first["frames"]["out"], again["frames"]["out"]), (5, 5))
        self.assertEqual(self.app.calls[0].heard, self.app.calls[1].heard)
        self.assertEqual(again["steps"][0], "the trace was cut")
        self.assertEqual(self.app.calls[0].heard[1:], _said(trace.entries))


class _Queue(list[Any]):
    """Answers in order; an empty object when there are no more."""

    def popleft(self) -> Any:
        """Give the next one."""
        return self.pop(0)


def _close_after(count: int) -> Any:
    def take(call: Call, payload: bytes, binary: bool) -> None:
        if binary:
            call.sendMessage(payload, isBinary=True)
        if len(call.heard) == count:
            call.sendClose(1000)

    return take


def _said(entries: Iterable[Entry]) -> list[Any]:
    return [entry.payload for entry in entries if entry.way == "said" and entry.kind == "audio"]


assert isinstance(IDENTITY, Identity)
