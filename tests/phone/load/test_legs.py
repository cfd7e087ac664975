"""Tests of echo.phone.load.legs: one of many calls, whole, against an application on this reactor."""

from __future__ import annotations

import gc
from collections import deque
from typing import Any

from autobahn.websocket.types import ConnectionDeny
from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from echo.phone.dial import far_end_of
from echo.phone.listening.echoes import Echoes
from echo.phone.listening.hearing import Hearing
from echo.phone.load.figures import Figures
from echo.phone.load.legs import Caller
from echo.phone.load.line import Shared
from echo.phone.load.machine import usage
from echo.phone.load.wheel import Wheel
from echo.phone.order import CallOrder
from echo.phone.reactor import Stop
from echo.turns import Turns
from tests.phone.application import Application, Call, echo, the_reactor

HEADERS = {"language": "en"}


def heard() -> list[object]:
    """What calls have heard, of all that is not forgotten yet; other tests may hold some of it."""
    return [
        each for each in gc.get_objects() if type(each) in (Hearing, Echoes)
    ]  # isinstance asks weak proxies


class CallerTest(TestCase):
    """One call of a load."""

    def setUp(self) -> None:
        """Have an application, and figures that are empty."""
        self.app = Application()
        self.stop = Stop()
        self.figures = Figures(usage(the_reactor().seconds()))

    async def tearDown(self) -> None:  # type: ignore[override]  # trial waits for it
        """Leave nothing open, and no timer."""
        await self.app.stop()

    async def make(self, url: str, number: int = 0, **more: Any) -> None:
        """Make a call of a fifth of a second."""
        order = CallOrder(url, **({"duration": 0.2, "tail": 0.1, "rate": 8000} | more))
        reactor = the_reactor()
        shared = Shared(reactor, Wheel(reactor), self.figures, far_end_of(order), Turns(reactor, print))
        await Caller(shared, order, number, None, self.stop).make()
        self.assertEqual(self.figures.up, 0)
        self.figures.close_interval(usage(reactor.seconds()))

    async def test_a_socket_is_called(self) -> None:
        """All frames come back, and the call is counted as completed."""
        await self.make(self.app.socket_url)
        self.assertEqual(dict(self.figures.fates.counts), {"completed": 1})
        counts = self.figures.counts
        self.assertEqual((counts.said, counts.echoed, counts.lost), (10, 10, 0))
        self.assertEqual((self.figures.begun, self.figures.connected, self.figures.upgrade.count), (1, 1, 1))
        self.assertEqual(self.figures.all_trips.count, 10)

    async def test_an_answer_url_is_asked_for_each_call(self) -> None:
        """Each call has its own NCCO, its own first text and its own events."""
        self.app.ncco = [self.app.connect(headers=HEADERS)]
        for number in range(2):
            await self.make(self.app.url, number, event_url=self.app.url)
        self.assertEqual(self.app.asked, 2)
        self.assertEqual(self.figures.ncco.count, 2)
        self.assertEqual(dict(self.figures.fates.counts), {"completed": 2})
        uuids = {event["uuid"] for event in self.app.events if event["status"] == "completed"}
        self.assertEqual(len(uuids), 4)  # two legs of each call
        self.assertEqual(self.figures.events_failed, 0)
        self.assertIn(b'"language": "en"', self.app.calls[0].heard[0])

    async def test_events_that_fail_are_counted(self) -> None:
        """An event URL that takes no POST fails no call, and is told."""
        self.app.ncco = [{**self.app.connect(), "eventUrl": [f"http://127.0.0.1:{self.app.port}/"]}]
        await self.make(self.app.url)
        self.assertEqual(dict(self.figures.fates.counts), {"completed": 1})
        self.assertGreater(self.figures.events_failed, 0)

    async def test_nothing_is_left_of_what_was_heard(self) -> None:
        """Not even until the garbage is collected, which is next to never while calls are on."""
        before = {id(each) for each in heard()}
        gc.disable()
        self.addCleanup(gc.enable)
        await self.make(self.app.socket_url)
        self.assertEqual([type(each) for each in heard() if id(each) not in before], [])

    async def test_every_caller_has_a_signal_of_his_own(self) -> None:
        """Two callers say other frames, so that one who hears the other is found out."""
        await self.make(self.app.socket_url, 0)
        await self.make(self.app.socket_url, 1)
        first, second = (set(call.heard[1:]) for call in self.app.calls)
        self.assertEqual((len(first), len(second), first & second), (10, 10, set()))

    async def test_a_refused_upgrade_is_a_call_that_was_none(self) -> None:
        """The reason is counted, without the address."""
        self.app.on_open = lambda _: None

        def deny(_call: Call, _request: Any) -> None:
            raise ConnectionDeny(403, "no")

        self.patch(Call, "onConnect", deny)
        await self.make(self.app.socket_url)
        ((reason, number),) = self.figures.fates.reasons.items()
        self.assertEqual((reason[0], number), ("not connected", 1))
        self.assertTrue(reason[1].startswith("it answered the upgrade with 403"), reason)
        self.assertEqual(self.figures.connected, 0)

    async def test_an_answer_url_that_fails(self) -> None:
        """Without an NCCO there is no call, and the status is the reason."""
        self.app.status = 404
        await self.make(self.app.url)
        ((reason, _),) = self.figures.fates.reasons.items()
        self.assertEqual(reason[0], "not connected")
        self.assertIn("404", reason[1])
        self.assertNotIn(self.app.url, reason[1])

    async def test_an_ncco_without_a_socket(self) -> None:
        """An application that only talks cannot be loaded with audio."""
        self.app.ncco = [{"action": "talk", "text": "Hello"}]
        await self.make(self.app.url)
        ((reason, _),) = self.figures.fates.reasons.items()
        self.assertIn("no connect to a websocket", reason[1])

    async def test_a_content_type_that_is_none(self) -> None:
        """A rate that the provider does not have is told in one sentence."""
        self.app.ncco = [self.app.connect(**{"content-type": "audio/l16;rate=44100"})]
        await self.make(self.app.url, rate=None)
        ((reason, _),) = self.figures.fates.reasons.items()
        self.assertIn("content-type audio/l16;rate=44100", reason[1])

    async def test_the_rate_is_that_of_the_ncco(self) -> None:
        """Where the order names none, frames are those of the endpoint's content-type."""
        await self.make(self.app.url, rate=None)
        self.assertEqual({len(frame) for frame in self.app.calls[0].heard[1:]}, {320})

    async def test_a_connection_that_breaks_ends_its_call_early(self) -> None:
        """An application that resets the connection fails the call, and nothing is waited for."""
        self.app.on_open = lambda call: the_reactor().callLater(0.05, call.transport.abortConnection)
        await self.make(self.app.socket_url, duration=30)
        ((reason, _),) = self.figures.fates.reasons.items()
        self.assertEqual(reason[0], "ended early")
        self.assertTrue(reason[1].startswith("the connection broke"), reason)

    async def test_a_call_that_is_connected_again_has_not_failed(self) -> None:
        """An application that answers the loss of its socket with a connect keeps its call; the silence is counted."""
        self.app.replies["disconnected"] = deque([[self.app.connect()]])
        self.app.on_message = self._drop_the_first
        await self.make(self.app.url, duration=0.4, event_url=self.app.url)
        figures = self.figures
        self.assertEqual(dict(figures.fates.counts), {"completed": 1})
        self.assertEqual((figures.begun, figures.connected, figures.silence.count), (1, 1, 1))
        self.assertEqual(figures.counts.said, 20)
        self.assertNotIn(figures.silence.percentiles([50])[0], (None, 0.0))

    async def test_a_call_that_nobody_connects_again_ended_early(self) -> None:
        """It is counted once, as it would be without events."""
        self.app.on_message = self._drop_the_first
        await self.make(self.app.url, duration=30, event_url=self.app.url)
        self.assertEqual(dict(self.figures.fates.counts), {"ended early": 1})
        self.assertEqual(self.figures.silence.count, 0)

    async def test_a_call_that_cannot_be_connected_again_ended_early(self) -> None:
        """The first socket was lost, and there is no second one."""
        self.app.replies["disconnected"] = deque([[self.app.connect(uri="ws://127.0.0.1:1/")]])
        self.app.on_message = self._drop_the_first
        await self.make(self.app.url, duration=30, event_url=self.app.url)
        self.assertEqual(dict(self.figures.fates.counts), {"ended early": 1})

    def _drop_the_first(self, call: Call, payload: bytes, is_binary: bool) -> None:
        """Echo, and break the first socket at its fifth message."""
        if call is self.app.calls[0] and len(call.heard) == 5:
            call.transport.abortConnection()
        else:
            echo(call, payload, is_binary)

    async def test_ctrl_c_hangs_up(self) -> None:
        """A call that talks is hung up at once, and has not failed."""
        heard: Deferred[None] = Deferred()

        def hear(_call: Call, _payload: bytes, is_binary: bool) -> None:
            if is_binary and not heard.called:
                heard.callback(None)

        self.app.on_message = hear
        work = Deferred.fromCoroutine(self.make(self.app.socket_url, duration=60, hangup="close"))
        await heard
        self.stop.ask()
        await work
        self.assertEqual(dict(self.figures.fates.counts), {"interrupted": 1})
        self.assertEqual(self.figures.connected, 1)
        self.assertEqual(await self.app.calls[0].ended, 1000)

    async def test_ctrl_c_while_the_socket_opens(self) -> None:
        """A socket that is not open yet is given up, and has not failed."""
        self.app.on_open = lambda _: self.stop.ask()
        await self.make(self.app.socket_url)
        self.assertEqual(dict(self.figures.fates.counts), {"interrupted": 1})
        self.assertEqual(self.figures.connected, 0)

    async def test_ctrl_c_while_an_ncco_waits(self) -> None:
        """A wait in an NCCO is given up like everything else."""
        self.app.ncco = [{"action": "wait", "timeout": 10}, self.app.connect()]
        the_reactor().callLater(0.2, self.stop.ask)
        await self.make(self.app.url)
        self.assertEqual(dict(self.figures.fates.counts), {"interrupted": 1})

    async def test_the_authorization_of_a_socket(self) -> None:
        """A custom value of --authorization is sent as it is."""
        await self.make(self.app.socket_url, authorization="Bearer abc")
        self.assertEqual(self.app.upgrades[0].headers["authorization"], "Bearer abc")

    async def test_a_cancellation_of_somebody_else_is_not_hidden(self) -> None:
        """Only Ctrl-C makes a call interrupted."""
        self.app.on_answer = lambda: the_reactor().callLater(0, work.cancel)
        self.app.ncco = None
        work = Deferred.fromCoroutine(self.make(self.app.url))
        with self.assertRaises(CancelledError):
            await work

    async def test_ctrl_c_gives_up_an_answer_that_hangs(self) -> None:
        """A call that was none yet is given up, and has not failed either."""
        self.app.ncco = None
        self.app.on_answer = lambda: the_reactor().callLater(0, self.stop.ask)
        await self.make(self.app.url)
        self.assertEqual(dict(self.figures.fates.counts), {"interrupted": 1})
        self.assertEqual(self.figures.connected, 0)
