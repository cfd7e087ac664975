"""Tests of echo.phone.scenario.run: scenarios against an application, and what is shown of them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from echo.audio.format import AudioFormat
from echo.audio.signal import Tone
from echo.errors import PhoneError
from echo.phone.order import Output, RunOrder
from echo.phone.reactor import Stop
from echo.phone.scenario import run as running
from echo.phone.scenario.run import run_scenarios
from tests.phone.application import Application, Call, the_reactor

HERE = Path(__file__).parent
VOICE = Tone(AudioFormat(8000), 440, -20)


class RunTests(TestCase):
    """trial fails a test that leaves a connection, a port or a timer in the reactor."""

    timeout = 30

    def setUp(self) -> None:
        """Start the application, and let ``run`` use this reactor."""
        self.app = Application()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.app.stop()))
        self.stop = Stop()
        self.out, self.err = io.StringIO(), io.StringIO()
        self.patch(sys, "stdout", self.out)
        self.patch(sys, "stderr", self.err)

    async def run_all(self, *paths: Path, **more: Any) -> int:
        """Run scenarios as the command does; the reactor runs already, so the results are made first."""
        work: list[Any] = []

        def run(made: Any) -> list[Any]:
            work.append(made)
            return self._results

        self.patch(running, "run", run)
        self._results: list[Any] = []
        order = RunOrder(paths=tuple(map(str, paths)), **({"url": self.app.url} | more))
        kept = running._show
        self.patch(running, "_show", lambda *_: None)
        run_scenarios(order)
        self.patch(running, "_show", kept)
        self._results = await work[0](the_reactor(), self.stop)
        self.out.truncate(0)
        self.out.seek(0)
        return run_scenarios(order)

    def scenario(self, text: str, name: str = "calls.toml") -> Path:
        """A scenario file."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / name).write_text(text)
        return folder / name

    async def test_an_echo(self) -> None:
        """The example passes against an application that echoes."""
        status = await self.run_all(HERE / "echoes.toml", output=Output(as_json=True))
        told = json.loads(self.out.getvalue())

        self.assertEqual((status, told["passed"], told["exit_status"]), (0, True, 0))
        (scenario,) = told["scenarios"]
        self.assertEqual(scenario["name"], "returns what the caller says")
        self.assertEqual([step["passed"] for step in scenario["steps"]], [True] * 4)
        self.assertEqual(scenario["call"]["ended"]["by"], "caller")

    async def test_a_bot_that_stops(self) -> None:
        """The example of talking over a bot passes where the bot clears, ..."""
        self.app.on_message = _greet_and_stop
        status = await self.run_all(HERE / "barge-in.toml")

        self.assertEqual(status, 0, self.out.getvalue())
        self.assertTrue(self.out.getvalue().startswith("stops when it is interrupted ("), self.out.getvalue())
        self.assertIn("\npassed\n", self.out.getvalue())
        self.assertTrue(self.out.getvalue().endswith("1 of 1 scenarios passed\n"))

    async def test_a_bot_that_talks_on(self) -> None:
        """... and fails where it does not."""
        self.app.on_message = _greet
        status = await self.run_all(HERE / "barge-in.toml", output=Output(quiet=True))

        self.assertEqual(status, 1)
        self.assertRegex(self.out.getvalue(), r"XX expect clear within 0\.5 s +not within 0\.5 s\n")
        self.assertNotIn("not reached", self.out.getvalue())
        self.assertIn("\nfailed: expect clear within 0.5 s", self.out.getvalue())
        self.assertTrue(self.out.getvalue().endswith("0 of 1 scenarios passed\n"))

    async def test_a_menu(self) -> None:
        """The example of a menu: the key arrives and is in the report, the application says goodbye and goes."""
        self.app.on_message = _menu
        status = await self.run_all(HERE / "menu.toml", output=Output(as_json=True))
        told = json.loads(self.out.getvalue())

        self.assertEqual(status, 0, told)
        self.assertEqual(told["scenarios"][0]["call"]["dtmf"], "9")
        self.assertEqual(told["scenarios"][0]["call"]["ended"]["by"], "application")

    async def test_no_call(self) -> None:
        """Where the call cannot be made the scenario says why, once, and no step was reached."""
        self.app.status = 404
        path = self.scenario("steps = [{wait = 1}]")
        status = await self.run_all(path, path, output=Output(quiet=True))

        self.assertEqual(status, 2)
        lines = self.out.getvalue().splitlines()
        self.assertEqual(lines[0], f"calls ({path})")
        self.assertTrue(lines[1].startswith("no call: http"), lines)
        self.assertIn("404", lines[1])
        self.assertEqual(len(lines), 7)

    async def test_quiet_shows_only_what_failed(self) -> None:
        """With ``--quiet`` a scenario that passes is counted only."""
        status = await self.run_all(
            self.scenario(f'url = "{self.app.socket_url}"\nrate = 8000\nsteps = [{{say = "100ms"}}]'),
            url=None,
            output=Output(quiet=True),
        )

        self.assertEqual((status, self.out.getvalue()), (0, "1 of 1 scenarios passed\n"))

    async def test_ctrl_c(self) -> None:
        """Ctrl-C ends the scenario that runs, which has not failed but not passed; those behind it are not run."""
        self.app.on_message = lambda *_: self.stop.ask()
        path = self.scenario("steps = [{wait = 60}]")
        status = await self.run_all(path, path)

        self.assertEqual(status, 2)
        self.assertRegex(self.out.getvalue(), r" -- wait 60 s +interrupted\ninterrupted\n")
        self.assertTrue(self.out.getvalue().endswith("0 of 2 scenarios passed, 1 not run\n"))

    async def test_ctrl_c_in_the_last_scenario(self) -> None:
        """A scenario that was left undone has neither passed nor failed: the exit status is 2."""
        self.app.on_message = lambda *_: self.stop.ask()
        status = await self.run_all(self.scenario("steps = [{wait = 60}]"))

        self.assertEqual(status, 2)
        self.assertTrue(self.out.getvalue().endswith("\ninterrupted\n\n0 of 1 scenarios passed\n"))

    def test_mistakes_are_told_before_any_call(self) -> None:
        """A file that is no scenario, has no address, or plays what is no audio is told before any call."""
        for text, told in {
            "": "steps: from 1",
            "steps = [{wait = 1}]": "url: an address is required",
            'url = "ws://x.example/"\nsteps = [{wait = 1}, {play = "x.wav"}]': "steps[1].play: ",
        }.items():
            path = self.scenario(text)
            for as_json in (False, True):
                with self.assertRaises(PhoneError) as caught:
                    run_scenarios(RunOrder((str(path),), output=Output(as_json=as_json)))
                self.assertIn(f"{path}: {told}", str(caught.exception))
            self.assertEqual(self.out.getvalue(), "")

    def test_mistakes_of_all_files_are_told_at_once(self) -> None:
        """Each mistake in each of the files is a line, whatever kind of mistake it is."""
        one = self.scenario('steps = [{play = "x.wav"}, {play = "y.wav"}]')
        other = self.scenario("steps = [{wait = 0}]\nrate = 1", "other.toml")
        with self.assertRaises(PhoneError) as caught:
            run_scenarios(RunOrder((str(one), str(other))))
        lines = str(caught.exception).splitlines()

        self.assertEqual([line.startswith(f"{one}: ") for line in lines], [True, True, True, False, False])
        self.assertEqual([line.startswith(f"{other}: ") for line in lines], [False, False, False, True, True])

    def test_a_sound_is_looked_at_once(self) -> None:
        """A file that many steps play is decoded once; each of its steps is told of all the same."""
        read: list[str] = []

        def load(path: Path, _audio: AudioFormat) -> None:
            read.append(path.name)
            if path.name == "b":
                raise PhoneError("b is none")

        self.patch(running, "load", load)
        path = self.scenario("url = 'ws://h/'\nsteps = [{play='a'}, {play='b'}, {play='a'}, {play='b'}]")
        with self.assertRaises(PhoneError) as caught:
            run_scenarios(RunOrder(paths=(str(path),)))
        told = [f"{path}: steps[{index}].play: b is none" for index in (1, 3)]
        self.assertEqual(str(caught.exception).splitlines(), told)
        self.assertEqual(read, ["a", "b"])

    def test_a_sound_is_read_before_the_call(self) -> None:
        """A sound that can be played is no mistake."""
        path = self.scenario('steps = [{play = "tone.wav"}, {wait = 1}]')
        sound = path.parent / "tone.wav"
        _write_tone(sound)
        scenario = running._read(RunOrder((str(path),), url="ws://x.example/"), path)

        self.assertEqual((scenario.order.url, len(scenario.steps)), ("ws://x.example/", 2))


def _write_tone(path: Path) -> None:
    import wave  # noqa: PLC0415

    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(VOICE.frame(0) or b"")


def _talk(call: Call) -> None:
    call.sendMessage(VOICE.frame(len(call.heard)) or b"", isBinary=True)


def _greet(call: Call, payload: bytes, is_binary: bool) -> None:
    """Say a frame for each that is heard."""
    if is_binary:
        _talk(call)


def _greet_and_stop(call: Call, payload: bytes, is_binary: bool) -> None:
    """Talk until somebody else does."""
    if is_binary and any(payload) and not getattr(call, "stopped", False):
        call.stopped = True  # type: ignore[attr-defined]  # a note of ours
        call.sendMessage(b'{"action": "clear"}')
    elif is_binary and not getattr(call, "stopped", False):
        _talk(call)


def _menu(call: Call, payload: bytes, is_binary: bool) -> None:
    """Talk, and go half a second after a key."""
    if b"websocket:dtmf" in payload:
        call.goes_at = len(call.heard) + 25  # type: ignore[attr-defined]  # a note of ours
    elif is_binary and call.state == call.STATE_OPEN:
        _talk(call)
        if len(call.heard) == getattr(call, "goes_at", None):
            call.sendClose(1000)
