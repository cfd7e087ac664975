"""The apps over real sockets, at all rates, judged by what the phone's caller hears: which sound, how loud, when."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]

from echo.apps.table import SAMPLE
from echo.audio.format import RATES
from echo.soundfiles import decode
from tests.apps.calling import Heard, Phone, answering, call_all
from tests.apps.sound import dbfs, last_sound, likeness, strongest
from tests.speech.recordings import recording_bytes


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


FINISHING = """
async def finishing(call):
    call.say_nothing(0.3)
    for number in range(5):
        await call.play(b"\\0\\x10" * (call.rate // 2 + 37 * number))
        call.clear()
        await call.sleep(0.3)
"""


def test_an_app_knows_when_it_was_heard(phone: Phone) -> None:
    """Whatever is played is finished within 40 ms of the moment at which the ear has heard the last of it."""
    with answering("--app", "./finishing.py", files={"finishing.py": FINISHING}) as (_, url):
        for rate in RATES:
            phone.dial(
                url, rate, "--silence", "--duration", "9", "--trace", str(phone.folder / f"{rate}.jsonl")
            )
        away = []
        for call in phone.heard():
            call.assert_sound()
            told = texts_at(phone.folder / f"{call.rate}.jsonl", "clear")
            ends = sounds_end(call)
            assert len(told) == len(ends) == 5
            away += [at - end for at, end in zip(told, ends, strict=True)]
        assert min(away) > -0.02
        assert sorted(away)[len(away) * 3 // 4] < 0.04


def texts_at(trace: Path, word: str) -> list[float]:
    """When the texts with this word were heard, in seconds."""
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    return [
        line["at"] / 1000
        for line in lines
        if line.get("way") == "heard" and line.get("kind") == "text" and word in line["text"]
    ]


def sounds_end(call: Heard) -> list[float]:
    """When each stretch of sound ended, in seconds."""
    loud = np.concatenate((np.frombuffer(call.pcm, "<i2") != 0, [False]))
    return [float(at + 1) / call.rate for at in np.flatnonzero(loud[:-1] & ~loud[1:])]


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
        assert sorted(last_sound(call.pcm, call.rate) for call in calls)[1] < 2.0 + 0.06 + 1e-6
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


def test_the_menu_reaches_the_others(phone: Phone) -> None:
    """The parrot, the mailbox and the file, by keys 2, 3 and 6: each does what it does."""
    with answering("--app", "menu") as (daemon, url):
        said = np.concatenate([np.zeros(24000, "<i2"), np.frombuffer(recording_bytes(16000), "<i2")])
        path = phone.folder / "said.wav"
        soundfile.write(path, said.astype("<i2"), 16000)
        for key, seconds in (("2", "8"), ("3", "2")):
            phone.dial(url, 16000, "--audio", str(path), "--duration", seconds, "--dtmf", f"1:{key}")
        phone.dial(url, 16000, "--silence", "--duration", "9", "--dtmf", "1:6")
        parrot, mailbox, file = phone.heard()
        assert dbfs(parrot.between(1.3, 3.5)) < -90
        assert likeness(parrot.between(3.5, 12), recording_bytes(16000))[0] > 0.99
        assert strongest(mailbox.between(1.1, 1.25), 16000) == pytest.approx(1000, abs=15)
        assert likeness(file.between(1, 9), decode(str(SAMPLE), 16000, "", 60))[0] > 0.99
        chosen = {name for name in ("parrot", "record", "play") if f"the caller chose {name}" in daemon.log}
        assert chosen == {"parrot", "record", "play"}


def test_sweeps(phone: Phone) -> None:
    """From 300 to 3400 Hz in ten seconds, as long for each octave, and as loud all along."""
    with answering("--app", "tone", "--tone", "sweep") as (_, url):
        for call in call_all(phone, url, "--silence", "--duration", "9"):
            for at in (1, 3, 5, 7, 8.5):
                there = call.between(at - 0.05, at + 0.05)
                assert strongest(there, call.rate) == pytest.approx(300 * (3400 / 300) ** (at / 10), rel=0.06)
                assert dbfs(there) == pytest.approx(-16.15, abs=0.3)


def test_reflect_loses_nothing(phone: Phone) -> None:
    """Every frame comes back as it was, and texts too."""
    with answering("--app", "reflect") as (_, url):
        for rate in RATES:
            phone.dial(url, rate, "--duration", "2", "--dtmf", "1:5", "--expect", "echo")
        for call in phone.heard():
            assert (call.report["frames"]["out"], call.report["frames"]["lost"]) == (100, 0)
            assert call.report["text_count"] == 2


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
