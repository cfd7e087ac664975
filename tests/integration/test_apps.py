"""
The apps over real sockets, at all rates, judged by what the phone's caller hears: which sound, how loud, and when.

The examples of docs/apps.rst run here as they stand there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from echo.apps.table import SAMPLE
from echo.audio.format import RATES
from echo.soundfiles import decode
from tests.apps.sound import dbfs, last_sound, likeness, strongest
from tests.conftest import ROOT
from tests.daemon import Daemon, free_port
from tests.frames import connected_message
from tests.speech.recordings import recording_bytes, recording_path
from tests.test_docs import blocks


@dataclass
class Heard:
    """What one caller heard, in PCM from the opening of the socket on, and the phone's report of the call."""

    rate: int
    pcm: bytes
    report: dict[str, Any]

    def between(self, begin: float, end: float) -> bytes:
        """What was heard between two times, in seconds."""
        return self.pcm[round(begin * self.rate) * 2 : round(end * self.rate) * 2]

    def assert_sound(self) -> None:
        """Nothing broke the provider's rules, nor was there a break in what was heard."""
        failed = [check for check in self.report["checks"] if check["passed"] is False]
        assert [check["name"] for check in failed if check["name"] not in {"heard", "clock"}] == []


class Phone:
    """Starts calls, each in a process of its own, and hears what came of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._calls: list[tuple[subprocess.Popen[str], int, Path]] = []

    def dial(self, url: str, rate: int, *words: str) -> None:
        """Begin a call."""
        folder = self.folder / f"call-{len(self._calls)}"
        folder.mkdir(exist_ok=True)
        record = folder / "heard.wav"
        command = [sys.executable, "-m", "echo.phone", "call", url, "--rate", str(rate), "--json"]
        process = subprocess.Popen(
            [*command, "--record", str(record), *words],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._calls.append((process, rate, record))

    def heard(self) -> list[Heard]:
        """Wait for all calls."""
        calls, self._calls = self._calls, []
        found = []
        for process, rate, record in calls:
            out, err = process.communicate(timeout=60)
            assert process.returncode in {0, 1}, err
            pcm, file_rate = soundfile.read(record, dtype="int16")
            assert file_rate == rate
            found.append(Heard(rate, pcm.astype("<i2").tobytes(), json.loads(out)))
        return found


@pytest.fixture
def phone(tmp_path: Path) -> Phone:
    """A phone of this test's own."""
    return Phone(tmp_path)


def call_all(phone: Phone, url: str, *words: str, audio: bool = False) -> list[Heard]:
    """Call at all rates at once; with ``audio``, the caller says the recorded sentence."""
    for rate in RATES:
        said = ("--audio", str(recording_path(rate))) if audio else ()
        phone.dial(url, rate, *said, *words)
    calls = phone.heard()
    for each in calls:
        each.assert_sound()
    return calls


@contextmanager
def answering(
    *options: str, files: dict[str, str] | None = None, **environment: str
) -> Iterator[tuple[Daemon, str]]:
    """A daemon, and its answer URL; ``files`` are written where it is started."""
    daemon = Daemon(*options, environment=environment)
    for name, text in (files or {}).items():
        (daemon.folder / name).write_text(text)
    for name in ("announcement.wav", "press-seven.wav"):
        shutil.copy(recording_path(16000), daemon.folder / name)
    with daemon:
        yield daemon, f"http://127.0.0.1:{daemon.port}/ncco"


def test_the_parrot_returns_the_sentence(phone: Phone) -> None:
    """At each rate the caller hears what they said, as it was, a while after they have stopped."""
    with answering("--app", "parrot") as (daemon, url):
        for call in call_all(phone, url, "--duration", "7", audio=True):
            correlation, at, gain = likeness(call.pcm, recording_bytes(call.rate))
            assert correlation > 0.99
            assert abs(gain) < 0.5
            assert 2.9 < at / call.rate < 4.0
        assert "failed" not in daemon.log


def test_a_late_echo(phone: Phone) -> None:
    """Everything comes back as it went, so much later."""
    with answering("--echo-delay", "700ms") as (_, url):
        for call in call_all(phone, url, "--tail", "2", audio=True):
            correlation, at, gain = likeness(call.pcm, recording_bytes(call.rate))
            assert correlation > 0.99
            assert abs(gain) < 0.5
            assert at / call.rate == pytest.approx(0.7, abs=0.06)


def test_a_file_is_played_and_its_end_is_known(phone: Phone) -> None:
    """A file of another rate is heard as it is, and the call is hung up when it was heard: within 40 ms of the ear."""
    with answering("--app", "play") as (_, url):
        late = []
        for call in call_all(phone, url, "--silence", "--duration", "9"):
            correlation, at, gain = likeness(call.pcm, decode(str(SAMPLE), call.rate, "", 60))
            assert correlation > 0.99
            assert abs(gain) < 0.5
            assert at / call.rate < 1.5  # it is read and resampled, the first time
            assert (call.report["ended"]["by"], call.report["ended"]["code"]) == ("application", 1000)
            late.append(call.report["ended"]["at"] / 1000 - played_until(call))
        assert min(late) > -0.02
        assert sorted(late)[1] < 0.06


def played_until(call: Heard) -> float:
    """When the last frame with sound had been played, in seconds."""
    return -(-last_sound(call.pcm, call.rate) // 0.02) * 0.02


@pytest.mark.parametrize("by", ["speech", "key"])
def test_the_ear_is_silent_soon(phone: Phone, by: str) -> None:
    """Who speaks, or presses a key, hears nothing more of what is played after 60 ms."""
    with answering("--app", "menu") as (_, url):
        for rate in RATES:
            speech = np.frombuffer(recording_bytes(rate), "<i2")[: rate // 2]
            said = np.concatenate(
                [np.zeros(rate * 2, "<i2"), speech * (by == "speech"), np.zeros(rate, "<i2")]
            )
            path = phone.folder / f"said-{rate}.wav"
            soundfile.write(path, said.astype("<i2"), rate)
            phone.dial(
                url, rate, "--audio", str(path), "--tail", "0.2", *(["--dtmf", "2:5"] if by == "key" else [])
            )
        calls = phone.heard()
        for call in calls:
            call.assert_sound()
            assert dbfs(call.between(1.2, 1.9)) > -40
        assert sorted(last_sound(call.pcm, call.rate) for call in calls)[1] < 2.0 + 0.06 + 0.02
        assert all(last_sound(call.pcm, call.rate) < 2.2 for call in calls)


def test_the_menu_reaches_each_app(phone: Phone) -> None:
    """By its key: the tone, silence, and the caller's own tone from the echo; the star leads back."""
    keys = ["--dtmf", "1:4", "--dtmf", "2.5:*", "--dtmf", "3:5", "--dtmf", "4.5:*", "--dtmf", "5:1"]
    with answering("--app", "menu") as (daemon, url):
        for call in call_all(phone, url, "--tone", "440", "--duration", "7", "--tail", "0.2", *keys):
            assert strongest(call.between(1.3, 2.3), call.rate) == pytest.approx(1004, abs=2)
            assert dbfs(call.between(1.3, 2.3)) == pytest.approx(-6.15, abs=0.3)
            assert dbfs(call.between(2.7, 3.0)) < -10  # the choices again
            assert dbfs(call.between(3.3, 4.3)) < -90
            assert strongest(call.between(5.3, 6.8), call.rate) == pytest.approx(440, abs=2)
        assert daemon.log.count("the caller chose") == 9


def test_the_mailbox(phone: Phone) -> None:
    """A beep, then silence while the caller speaks, then what they said."""
    with answering("--app", "record") as (_, url):
        for rate in RATES:
            said = np.concatenate([np.zeros(rate, "<i2"), np.frombuffer(recording_bytes(rate), "<i2")])
            path = phone.folder / f"said-{rate}.wav"
            soundfile.write(path, said.astype("<i2"), rate)
            phone.dial(url, rate, "--audio", str(path), "--tail", "6", "--dtmf", "3.6:#")
        for call in phone.heard():
            call.assert_sound()
            assert strongest(call.between(0.1, 0.25), call.rate) == pytest.approx(1000, abs=15)
            correlation, at, gain = likeness(call.pcm, recording_bytes(call.rate))
            assert correlation > 0.99
            assert abs(gain) < 0.5
            assert dbfs(call.between(0.6, 3.5)) < -90
            assert 3.5 < at / call.rate < 5.5
            assert call.report["ended"]["reason"] == "the message has been played back"


def test_two_phones_are_joined(phone: Phone) -> None:
    """Speech goes both ways, as it is."""
    with answering("--app", "bridge") as (_, url):
        silence, sentence = np.zeros(32000, "<i2"), np.frombuffer(recording_bytes(16000), "<i2")
        turns = ((silence, sentence, silence, silence), (silence, silence, silence, sentence))
        for number, parts in enumerate(turns):
            path = phone.folder / f"said-{number}.wav"
            soundfile.write(path, np.concatenate(parts), 16000)
            phone.dial(url, 16000, "--audio", str(path), "--tail", "1")
        for call in phone.heard():
            correlation, _, gain = likeness(call.pcm, recording_bytes(16000))
            assert correlation > 0.99
            assert abs(gain) < 0.5


@pytest.mark.parametrize("count", [2, 3])
def test_the_bridge_adds_little(count: int) -> None:
    """What one says is sent to the others within 60 ms, joined or mixed, in the median of two seconds."""
    with answering("--app", "bridge") as (daemon, _):
        taken = asyncio.run(conversation(f"ws://127.0.0.1:{daemon.port}/socket", count))
        assert len(taken) > 80
        assert sorted(taken)[len(taken) // 2] < 0.06


async def conversation(url: str, count: int) -> list[float]:
    """Let one of ``count`` callers speak for two seconds; how long each frame took to the second one."""
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connect(url, proxy=None)) for _ in range(count)]
        for socket in sockets:
            await socket.send(connected_message(16000))
        sent: dict[bytes, float] = {}
        taken: list[float] = []

        async def listen() -> None:
            async for frame in sockets[1]:
                if isinstance(frame, bytes) and frame in sent:
                    taken.append(time.monotonic() - sent[frame])  # noqa: PERF401  one after the other, as they come

        listening = asyncio.create_task(listen())
        began = time.monotonic()
        for number in range(150):
            await asyncio.sleep(began + number * 0.02 - time.monotonic())
            frame = (number + 1).to_bytes(2, "little") * 320
            for place, socket in enumerate(sockets):
                if place == 0:
                    sent[frame] = time.monotonic()
                await socket.send(frame if place == 0 else bytes(640))
        await asyncio.sleep(0.2)
        listening.cancel()
        return taken[50:]


def test_three_phones_hear_each_other(phone: Phone) -> None:
    """Tones of three callers, at three rates: each hears the other two, and of their own less than -50 dB."""
    tones = (440, 620, 950)
    with answering("--app", "bridge") as (daemon, url):
        for rate, hz in zip(RATES, tones, strict=True):
            phone.dial(f"{url}?room=7", rate, "--tone", str(hz), "--duration", "5", "--tail", "0.1")
        for call, own in zip(phone.heard(), tones, strict=True):
            spectrum = {hz: level_at(call.between(2, 4), call.rate, hz) for hz in tones}
            others = [level for hz, level in spectrum.items() if hz != own]
            assert min(others) > -20
            assert spectrum[own] < min(others) - 50
        assert "in the room 7 there are 3 now" in daemon.log


def level_at(pcm: bytes, rate: int, hz: float) -> float:
    """How strong one frequency is, in dBFS."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
    window = np.blackman(len(samples))
    wave = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate)
    return float(20 * np.log10(np.abs(np.sum(samples * window * wave)) * np.sqrt(2) / np.sum(window) + 1e-9))


def test_calls_choose_their_apps(phone: Phone) -> None:
    """By the answer URL, among those that are allowed: one daemon answers each call as it asks."""
    with answering("--app", "silence", "--apps", "tone,./mine.py", files={"mine.py": LOUDER}) as (
        daemon,
        url,
    ):
        for query in ("", "?app=tone", "?app=mine", "?app=parrot", "?app=./mine.py"):
            phone.dial(url + query, 16000, "--tone", "440", "--duration", "1.5", "--tail", "0.2")
        silent, tone, mine, *refused = phone.heard()
        assert all(dbfs(call.between(0.3, 1.2)) < -90 for call in (silent, *refused))
        assert strongest(tone.between(0.3, 1.2), 16000) == pytest.approx(1004, abs=2)
        assert strongest(mine.between(0.3, 1.2), 16000) == pytest.approx(440, abs=2)
        assert daemon.log.count("--apps does not allow it") == 2


LOUDER = """
def mine(frame):
    return frame
"""


def test_an_app_that_fails_costs_its_own_call_only(phone: Phone) -> None:
    """It ends with 1011 and a traceback by name; a call beside it loses nothing."""
    broken = "from echo.apps import App\n"
    broken += "class Broken(App):\n    def dtmf(self, digit):\n        raise RuntimeError(digit)\n"
    with answering("--app", "echo", "--apps", "./broken.py", files={"broken.py": broken}) as (daemon, url):
        phone.dial(url, 16000, "--duration", "3", "--expect", "echo")
        phone.dial(f"{url}?app=broken", 16000, "--duration", "3", "--dtmf", "1:7")
        whole, ended = phone.heard()
        assert whole.report["frames"]["lost"] == 0
        assert ended.report["reconnects"]
        assert "ended by echo (close code 1011" in daemon.log
        assert "the app broken failed, ending this call" in daemon.log
        assert "RuntimeError: 7" in daemon.log
        assert 'broken.py", line 4, in dtmf' in daemon.log


def test_a_blocking_app_stalls_no_other_call(phone: Phone) -> None:
    """Code that blocks for seconds does so in threads; one that does not say so is named in the log."""
    source = (
        "import time\nfrom echo.apps import App, blocking\n"
        "class Slow(App):\n"
        "    @blocking\n    def audio(self, frame):\n        time.sleep(0.5)\n        self.call.send(frame)\n"
    )
    rude = "import time\ndef rude(frame):\n    time.sleep(0.03)\n"
    files = {"slow.py": source, "rude.py": rude}
    with answering("--app", "echo", "--apps", "./slow.py,./rude.py", files=files) as (daemon, url):
        for _ in range(3):
            phone.dial(f"{url}?app=slow", 16000, "--duration", "2")
        phone.dial(url, 16000, "--duration", "2", "--expect", "echo")
        *slow, whole = phone.heard()
        assert whole.report["frames"]["lost"] == 0
        assert whole.report["round_trip"]["p50"] < 50
        assert all(call.report["frames"]["in"] > 0 for call in slow)
        assert "the app slow took" not in daemon.log
        phone.dial(f"{url}?app=rude", 16000, "--duration", "0.5")
        phone.heard()
        assert "the app rude took" in daemon.log


# The examples of the document.


def example(name: str) -> dict[str, str]:
    """An example of docs/apps.rst, by the name of its file."""
    return {name: blocks("docs/apps.rst", "python")[name]}


def test_the_tutorial(phone: Phone) -> None:
    """Its first app does what it is said to, and its class answers in its place once the file is changed."""
    with answering("--app", "./mine.py", files=example("mine.py")) as (daemon, url):
        phone.dial(url, 16000, "--silence", "--dtmf", "2:5", "--duration", "4", "--expect", "speech")
        (call,) = phone.heard()
        assert call.report["passed"]
        assert strongest(call.between(0.1, 0.25), 16000) == pytest.approx(1000, abs=15)
        assert strongest(call.between(2.1, 2.25), 16000) == pytest.approx(440, abs=15)
        for line in blocks("docs/apps.rst", "text")["mine-lines"].splitlines():
            assert line.partition("] ")[2] in daemon.log
        (daemon.folder / "mine.py").write_text(example("listens.py")["listens.py"])
        phone.dial(url, 16000, "--duration", "2", "--dtmf", "1.5:#", "--expect", "echo")
        (call,) = phone.heard()
        assert call.report["ended"]["reason"] == "they have had enough"
        assert "call 2, mine: this call says of itself: {'uuid': " in daemon.log
        daemon.wait_for_log("frames, ended by echo (close code 1000: they have had enough)")


def test_the_transcriber(phone: Phone) -> None:
    """It tells how long was spoken, from a thread."""
    with answering("--app", "./transcriber.py", files=example("transcriber.py")) as (daemon, url):
        phone.dial(url, 16000, "--audio", str(recording_path(16000)), "--duration", "5")
        phone.heard()
        daemon.wait_for_log("call 1, transcriber: they said: 3 seconds of speech")
        assert "took" not in daemon.log


def test_the_announcer(phone: Phone) -> None:
    """It begins anew for a key, and hangs up once it was heard."""
    with answering("--app", "./announcer.py", files=example("announcer.py")) as (daemon, url):
        for call in call_all(phone, url, "--silence", "--dtmf", "1:3", "--duration", "9"):
            wanted = decode(str(recording_path(16000)), call.rate, "", 60)
            correlation, at, _ = likeness(call.between(1.2, 9), wanted)
            assert correlation > 0.99
            assert 0.2 < at / call.rate < 1
            assert dbfs(call.between(1.1, 1.4)) < -90
            assert call.report["ended"]["reason"] == "the app has finished"
        assert daemon.log.count("announcer: interrupted by 3") == 3


def test_the_screener(phone: Phone) -> None:
    """Who presses seven is let through; who does not is asked three times."""
    with answering("--app", "./screener.py", files=example("screener.py")) as (daemon, url):
        phone.dial(url, 16000, "--tone", "440", "--dtmf", "1:7", "--duration", "3")
        phone.dial(
            url, 16000, "--silence", "--dtmf", "1:1", "--dtmf", "2:2", "--dtmf", "3:3", "--duration", "9"
        )
        person, machine = phone.heard()
        assert strongest(person.between(1.5, 2.9), 16000) == pytest.approx(440, abs=2)
        assert machine.report["ended"]["reason"] == "the app has finished"
        assert "screener: a person" in daemon.log
        assert "screener: a machine, or somebody in a hurry" in daemon.log


class Service:
    """A speech service in a thread: takes PCM and gives PCM back; or does not read for a while."""

    def __init__(self, talk: Callable[[ServerConnection], Any]) -> None:
        self.port = free_port()
        self._talk = talk
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with serve(self._talk, "127.0.0.1", self.port, compression=None):
            self._ready.set()
            await self._over.wait()


async def return_everything(socket: ServerConnection) -> None:
    """Give back what comes, as it comes."""
    async for piece in socket:
        await socket.send(piece)


def test_the_relay(phone: Phone) -> None:
    """What the service gives back is heard as it is, at each rate."""
    with (
        Service(return_everything) as service,
        answering("--app", "./relay.py", files=example("relay.py"), SERVICE=str(service.port)) as (
            daemon,
            url,
        ),
    ):
        for call in call_all(phone, url, "--tail", "1.5", audio=True):
            correlation, at, gain = likeness(call.pcm, recording_bytes(call.rate))
            assert correlation > 0.99
            assert abs(gain) < 0.5
            assert at / call.rate < 0.5
        assert "failed" not in daemon.log


def test_the_relay_holds_a_talkative_service_back(phone: Phone) -> None:
    """A service that gives a minute of audio at once is read as the caller hears, and the daemon keeps little of it."""
    sent: list[int] = []

    async def flood(socket: ServerConnection) -> None:
        for _ in range(40_000):
            await socket.send(bytes(640))
            sent.append(640)

    with (
        Service(flood) as service,
        answering("--app", "./relay.py", files=example("relay.py"), SERVICE=str(service.port)) as (
            daemon,
            url,
        ),
    ):
        before = daemon.rss()
        phone.dial(url, 16000, "--silence", "--duration", "3", "--tail", "0.2")
        (call,) = phone.heard()
        call.assert_sound()
        assert sum(sent) < 15_000_000  # the sockets hold some megabytes
        assert daemon.rss() - before < 20_000_000


def test_the_relay_holds_the_caller_back(phone: Phone) -> None:
    """A service that does not read for a while loses nothing: the provider waits meanwhile."""
    taken: list[bytes] = []

    async def sleepy(socket: ServerConnection) -> None:
        socket.transport.pause_reading()
        await asyncio.sleep(2)
        socket.transport.resume_reading()
        async for piece in socket:
            assert isinstance(piece, bytes)
            taken.append(piece)

    with (
        Service(sleepy) as service,
        answering("--app", "./relay.py", files=example("relay.py"), SERVICE=str(service.port)) as (_, url),
    ):
        phone.dial(url, 16000, "--audio", str(recording_path(16000)), "--tail", "2")
        phone.heard()
        assert recording_bytes(16000) in b"".join(taken)
