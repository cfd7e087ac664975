"""Tests of echo.phone.legs: one socket of a call, from its endpoint to its facts."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered
from echo.phone import legs as legs_module
from echo.phone import recording
from echo.phone.caller import PlainCaller, Speech
from echo.phone.legs import Legs
from echo.phone.line.plan import CallPlan
from echo.phone.order import CallOrder
from echo.phone.provider.terms import By, Outcome, SocketLeg
from echo.phone.reactor import Stop
from echo.phone.replay import Traced
from echo.phone.show.live import Nobody
from echo.phone.trace.form import Entry
from echo.phone.trace.reading import Trace
from tests.phone.application import Application, Call, echo, the_reactor


class Pipe:
    """A pipe that broke."""

    problem = "standard input cannot be read: it broke"
    silent = 12

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        """Note it."""
        self.closed = True


class PipeCaller(PlainCaller):
    """Says the signal, and calls it a pipe."""

    def __init__(self, order: CallOrder, pipe: Any) -> None:
        super().__init__(order)
        self._pipe = pipe

    def speech(self, audio: AudioFormat) -> Speech:
        """Give the pipe along."""
        return Speech(Numbered(audio), "standard input", 0.06, self._pipe)


class LegsTests(TestCase):
    """trial fails a test that leaves a connection, a port or a timer in the reactor."""

    timeout = 20

    def setUp(self) -> None:
        """Start the application."""
        self.app = Application()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.app.stop()))
        self.opened = 0

    def legs(self, caller: Any = None, **more: Any) -> Legs:
        """Legs of a call of 60 ms."""
        order = CallOrder(self.app.url, **({"duration": 0.06, "tail": 0.06} | more))
        return Legs(the_reactor(), order, Nobody(), Stop(), caller or PlainCaller(order))

    async def open(self, legs: Legs, **endpoint: Any) -> Outcome:
        """Open a socket and wait for its end, which is that of the call."""
        outcome = await self.open_one(legs, **endpoint)
        await legs.gone()
        return outcome

    async def open_one(self, legs: Legs, **endpoint: Any) -> Outcome:
        """Open one of several sockets and wait for its end."""
        leg = SocketLeg(
            "uuid",
            endpoint.pop("limit", None),
            self._opened,
            endpoint.pop("keys_left", 0),
            resumes=endpoint.pop("resumes", False),
        )
        return await legs.open_socket({"uri": self.app.socket_url, **endpoint}, leg)

    def drop(self, *after: int) -> None:
        """Let the application echo, and break its sockets, each after so many messages."""

        def on_message(call: Call, payload: bytes, is_binary: bool) -> None:
            number = self.app.calls.index(call)
            if number < len(after) and len(call.heard) == after[number]:
                call.transport.abortConnection()
            else:
                echo(call, payload, is_binary)

        self.app.on_message = on_message

    async def test_a_caller_goes_on_where_a_lost_socket_broke_off(self) -> None:
        """What is left is said, pressed and muted at its time, through two losses; the silences are told."""
        self.drop(4, 3)
        legs = self.legs(duration=0.4, dtmf=((0.0, "1"), (0.3, "2")), mutes=((0.2, 0.3),))
        first = await self.open_one(legs, keys_left=2)
        second = await self.open_one(legs, keys_left=2 - first.pressed, resumes=True)
        third = await self.open(legs, keys_left=2 - first.pressed - second.pressed, resumes=True)

        self.assertEqual(
            [each.by for each in (first, second, third)], [By.APPLICATION, By.APPLICATION, By.CALLER]
        )
        self.assertEqual(
            [facts.frames_out for facts in legs.facts][-1], 20 - sum(f.frames_out for f in legs.facts[:2])
        )
        self.assertEqual("".join(facts.dtmf_sent for facts in legs.facts), "12")
        said = [
            message
            for call in self.app.calls
            for message in call.heard
            if len(message) == 640 and any(message)
        ]
        whole = [Numbered(AudioFormat(16000)).frame(index) for index in range(20)]
        places = [whole.index(frame) for frame in said]
        self.assertEqual(places, sorted(set(places)))
        self.assertEqual(set(places[:1] + places[-5:]), {0, *range(15, 20)})
        self.assertFalse({*range(10, 15)} & {*places})
        for lost in legs.facts[:2]:
            assert lost.reconnected is not None
            assert lost.ended is not None
            self.assertEqual(lost.reconnected.after, lost.ended.at)
            self.assertGreater(lost.reconnected.silence, 0)
        self.assertIsNone(legs.facts[2].reconnected)

    async def test_the_next_action_begins_anew(self) -> None:
        """A socket that takes no other's place is talked to from the beginning."""
        self.drop(2)
        legs = self.legs()
        for _ in range(2):
            await self.open(legs)
        self.assertEqual(legs.facts[1].frames_out, 3)
        self.assertIsNone(legs.facts[0].reconnected)

    async def test_a_socket_that_is_not_opened_again(self) -> None:
        """Nobody was connected again by it."""
        self.drop(2)
        legs = self.legs()
        await self.open_one(legs)
        outcome = await self.open(legs, uri="ws://127.0.0.1:1/", resumes=True)
        self.assertEqual(outcome.by, By.NOBODY)
        self.assertIsNone(legs.facts[0].reconnected)

    async def test_a_caller_who_had_said_all(self) -> None:
        """He hears the rest of his call on the new socket, and nothing is wrong with having nothing to say."""
        self.drop(4)
        legs = self.legs(tail=5)
        await self.open_one(legs)
        legs.order = replace(legs.order, tail=0.02)
        outcome = await self.open(legs, resumes=True)
        self.assertEqual((outcome.by, legs.facts[1].problem, legs.facts[1].frames_out), (By.CALLER, None, 0))

    async def test_a_pipe_is_kept_for_the_next_socket(self) -> None:
        """It cannot be opened twice; it is closed at the end."""
        self.drop(2)
        pipe = Pipe()
        legs = self.legs(PipeCaller(CallOrder(self.app.url), pipe))
        await self.open_one(legs)
        self.assertFalse(pipe.closed)
        await self.open_one(legs, resumes=True)
        self.assertTrue(pipe.closed)
        self.assertEqual(sum(facts.frames_out for facts in legs.facts), 3)
        await legs.gone()

    def _opened(self) -> None:
        self.opened += 1

    async def test_the_caller_hangs_up(self) -> None:
        """An ordinary socket ends by its caller, and what it showed is facts."""
        legs = self.legs(dtmf=((0.0, "1"), (0.04, "#"), (60.0, "2")))
        outcome = await self.open(legs, headers={"a": [1]}, keys_left=3)

        self.assertEqual((outcome, self.opened), (Outcome(By.CALLER, pressed=2), 1))
        (facts,) = legs.facts
        self.assertEqual((facts.rate, facts.frames_out, facts.dtmf_sent), (16000, 3, "1#"))
        self.assertEqual((facts.keys, facts.keys_pressed), (3, 2))
        self.assertEqual((facts.finished, facts.problem, facts.talked), (True, None, "the built-in signal"))
        self.assertIn(b'{"a": [1], "event": "websocket:connected"', self.app.calls[0].heard[0])
        self.assertFalse(legs.talking)

    async def test_keys_that_are_left(self) -> None:
        """Those that an input took before are not pressed again; mutes that did not begin are counted."""
        legs = self.legs(dtmf=((0.0, "1"), (0.0, "2"), (0.04, "3")), mutes=((0.0, 0.02), (60.0, 61.0)))
        outcome = await self.open(legs, keys_left=1)

        (facts,) = legs.facts
        self.assertEqual((facts.dtmf_sent, facts.keys, facts.keys_pressed, outcome.pressed), ("3", 1, 1, 1))
        self.assertEqual((facts.mutes, facts.mutes_begun), (2, 1))

    async def test_keys_are_those_that_were_pressed(self) -> None:
        """Whoever pressed them: in a replay it is the provider of the trace."""
        told = [
            Entry(0.0, "said", "text", '{"event": "websocket:connected"}'),
            Entry(0.02, "said", "text", '{"event": "websocket:dtmf", "digit": "7", "duration": 260}'),
            Entry(0.02, "said", "audio", bytes(640)),
        ]
        traced = Traced(Trace("ws://a/", AudioFormat(16000), told, None))
        legs = self.legs(traced)
        legs.manner = traced
        await self.open(legs)

        self.assertEqual(legs.facts[0].dtmf_sent, "7")

    async def test_an_echo_is_awaited_where_one_is_expected(self) -> None:
        """Whatever else is expected, and without an expectation, the call is over when it is over."""
        plans: list[CallPlan] = []

        def plan(**more: Any) -> CallPlan:
            plans.append(CallPlan(**more))
            return plans[-1]

        self.patch(legs_module, "CallPlan", plan)
        for expected in ("echo", "speech", "silence", None):
            await self.open(self.legs(expect=expected))

        self.assertEqual([plan.awaits_echo for plan in plans], [True, False, False, False])

    async def test_the_rate_of_the_endpoint(self) -> None:
        """The rate is the endpoint's, unless the order has one."""
        legs, other = self.legs(), self.legs(rate=24000)
        wanted = {"content-type": "audio/l16;rate=8000"}
        await self.open(legs, **wanted)
        await self.open(other, **wanted)

        self.assertEqual((legs.facts[0].rate, other.facts[0].rate), (8000, 24000))

    async def test_a_rate_that_is_none(self) -> None:
        """A content type that the provider does not know is told, and nothing is opened."""
        for wanted in ("audio/l16;rate=44100", 8000, "a\nb"):
            legs = self.legs()
            outcome = await self.open(legs, **{"content-type": wanted})
            self.assertEqual((outcome.by, outcome.timed_out), (By.NOBODY, False))
            self.assertIn("audio/l16;rate=8000, 16000 or 24000 is required", outcome.reason)
            self.assertEqual(len(outcome.reason.splitlines()), 1)
        self.assertEqual(self.app.upgrades, [])

    async def test_a_limit(self) -> None:
        """A socket lasts no longer than its NCCO allows."""
        legs = self.legs(duration=60.0)
        await self.open(legs, limit=0.1)

        self.assertLess(legs.facts[0].seconds, 5)
        self.assertFalse(legs.facts[0].finished)

    async def test_headers_that_are_none(self) -> None:
        """Headers that are no object are left out; the linter tells of them."""
        await self.open(self.legs(), headers="x")

        self.assertTrue(self.app.calls[0].heard[0].startswith(b'{"event"'))

    async def test_the_application_ends_it(self) -> None:
        """An end by the application is told with its code and its reason."""
        self.app.on_open = _goodbye
        legs = self.legs(duration=60.0)
        outcome = await self.open(legs)

        self.assertEqual(outcome, Outcome(By.APPLICATION, "bye"))
        self.assertRegex(
            legs.steps[-1], r"the application ended the call with close code 3000 after 0\.\d s: bye"
        )

    async def test_the_provider_ends_it(self) -> None:
        """A frame of the wrong size ends the call by the provider."""
        self.app.on_open = _short_frame
        legs = self.legs(duration=60.0)
        outcome = await self.open(legs)

        self.assertEqual(outcome.by, By.PROVIDER)
        self.assertIn("the phone ended the call without a Close frame", legs.steps[-1])

    async def test_an_authorization_that_cannot_be_made(self) -> None:
        """An endpoint that wants a token, where there is no secret, is not opened; the files are closed."""
        outcome = await self.open(self.legs(trace=self.mktemp()), authorization={"type": "vonage"})

        self.assertIn("--signature-secret", outcome.reason)
        self.assertEqual(self.app.upgrades, [])

    async def test_a_pipe_that_broke(self) -> None:
        """A pipe is closed with the call; its problem is told as a step, and so is the silence of a slow one."""
        order, pipe = CallOrder(self.app.url, tail=0.02), Pipe()
        legs = self.legs(PipeCaller(order, pipe))
        await self.open(legs)

        self.assertTrue(pipe.closed)
        self.assertIn(Pipe.problem, legs.steps)
        self.assertIn("standard input was late: 0.24 s of silence were said in its place", legs.steps)

    async def test_a_pipe_is_closed_without_a_call(self) -> None:
        """Where no file can be written there is no call, and the pipe is let go; one that is whole is not told of."""
        order, pipe = CallOrder(self.app.url), Pipe()
        pipe.problem, pipe.silent = "", 0
        legs = self.legs(PipeCaller(order, pipe), trace="/nowhere/x")
        outcome = await self.open(legs)

        self.assertTrue(pipe.closed)
        self.assertIn("/nowhere/x: this file cannot be written", outcome.reason)
        self.assertEqual(legs.steps, [])

    async def test_a_full_disk_spoils_no_report(self) -> None:
        """A disk that fails during the call is told as a step, and the facts are whole."""

        class Full(recording.Output):
            def append(self, data: bytes | bytearray) -> None:
                self.fail(os.strerror(errno.ENOSPC))

        self.patch(recording, "Output", Full)
        legs = self.legs(record=self.mktemp())
        outcome = await self.open(legs)

        self.assertEqual(outcome.by, By.CALLER)
        self.assertEqual(legs.facts[0].frames_out, 3)
        self.assertIn("not all of it could be written: No space left on device", legs.steps[0])

    async def test_stopped_before_it_is_open(self) -> None:
        """A Stop that was asked for before hangs up as soon as the socket is open."""
        legs = self.legs(duration=60.0)
        legs.stop.ask()
        outcome = await self.open(legs)

        self.assertEqual((outcome.by, legs.facts[0].interrupted), (By.CALLER, True))
        self.assertLess(legs.facts[0].seconds, 1)

    def test_the_time_is_that_of_the_wall(self) -> None:
        """Events have dates, so a walk's clock is not the reactor's."""
        self.assertGreater(self.legs().now(), 1_700_000_000)

    async def test_a_socket_that_is_ended_before_it_is_open(self) -> None:
        """It is ended as soon as it is."""
        legs = self.legs(duration=5)
        opening = Deferred.fromCoroutine(
            legs.open_socket({"uri": self.app.socket_url}, SocketLeg("leg", None, lambda: None))
        )
        legs.end_socket("api", "hung up")
        outcome = await opening
        self.assertEqual((outcome.by, outcome.reason), (By.API, "hung up"))
        self.assertLess(legs.facts[0].frames_out, 5)

    async def test_a_wait_that_is_ended(self) -> None:
        """It is over at once, and leaves no timer."""
        legs = self.legs()
        waiting = Deferred.fromCoroutine(legs.wait(60))
        legs.end_socket("api", "hung up")
        await waiting

    async def test_where_there_is_nothing_to_end(self) -> None:
        """Nothing is ended, now or later."""
        legs = self.legs()
        legs.end_socket("api", "hung up")
        outcome = await legs.open_socket({"uri": self.app.socket_url}, SocketLeg("leg", None, lambda: None))
        self.assertEqual(outcome.by, By.CALLER)


def _goodbye(call: Call) -> None:
    call.sendClose(3000, "bye")


def _short_frame(call: Call) -> None:
    call.sendMessage(b"12", isBinary=True)
