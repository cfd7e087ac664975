"""What is found in audio: headers, JSON, swapped bytes, other cuts, and how loud it is."""

from __future__ import annotations

import io
import wave

import pytest

from echo.audio.format import AudioFormat
from echo.audio.signal import Numbered, Silence, Tone
from echo.phone.listening.content import Content, Finding, not_audio, swapped
from echo.phone.listening.echoes import Echoes

AUDIO = AudioFormat(16000)
SIGNAL = Numbered(AUDIO)
CONNECTED = b'{"event":"websocket:connected","content-type":"audio/l16;rate=16000"}'


def wav() -> bytes:
    """The header that Python's own module writes."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
    return buffer.getvalue()


def spoken(frames: int = 100) -> tuple[Content, Echoes]:
    """So many frames of the built-in signal said."""
    content, echoes = Content(AUDIO), Echoes(AUDIO)
    for index in range(frames):
        content.said(SIGNAL.frame(index))
        echoes.said(SIGNAL.frame(index), 0.0)
    return content, echoes


def found(*payloads: bytes) -> dict[str, Finding]:
    """What is found in these messages."""
    content, echoes = spoken()
    for index, payload in enumerate(payloads):
        content.foreign(index, payload, echoes)
    return content.findings


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (wav(), "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"OggS\0\2" + bytes(20) + b"\1\x1e\1vorbis", "ogg"),
        (b'fLaC\0\0\0"', "flac"),
        (b"ID3\x04\x00", "mp3"),
        (CONNECTED, "json"),
        (b" " + CONNECTED, "json"),
        (CONNECTED.ljust(640, b"\0"), "json"),
        (b'{"action":"clear"}', "json"),
        (b"RIFF\0\0\0\0AVI ", None),
        (b"ID3 is a tag", None),
        (b"{\0" * 320, None),
        (b"{plain words without a quote}", None),
        (b'{"\xff\xfe' * 100, None),
        (b'{"\x01\x02' * 100, None),
        (b"", None),
        (SIGNAL.frame(0), None),
    ],
)
def test_what_is_no_audio_is_told_by_its_first_bytes(payload: bytes, kind: str | None) -> None:
    """Real headers of each kind are told apart, and what only begins like one is audio."""
    assert not_audio(payload) == kind


def test_the_first_message_of_a_kind_is_kept_and_all_are_counted() -> None:
    """Two headers are one finding, at the first of them."""
    assert found(SIGNAL.frame(500), wav(), wav()) == {"wav": Finding(1, 2)}


def test_an_earlier_header_is_the_one_that_is_told() -> None:
    """Of two kinds, the first that came explains the call."""
    content, echoes = spoken()
    assert content.container is None
    for index, payload in enumerate((swapped(SIGNAL.frame(1)), CONNECTED, wav())):
        content.foreign(index, payload, echoes)
    assert content.container == ("json", Finding(1))


def test_swapping_swaps_the_bytes_of_each_sample() -> None:
    """Half a sample at the end stays where it is."""
    assert swapped(b"\1\2\3\4\5") == b"\2\1\4\3\5"


def test_an_echo_in_the_wrong_byte_order_is_found() -> None:
    """What was said is known with its bytes swapped."""
    messages = [swapped(SIGNAL.frame(index)) for index in range(10)]
    assert found(*messages) == {"swapped": Finding(0, 10)}


@pytest.mark.parametrize("late", [1, 44, 320, 639])
def test_an_echo_that_is_cut_elsewhere_is_found(late: int) -> None:
    """It is told how many bytes late what was said begins."""
    stream = bytes(late) + b"".join(SIGNAL.frame(index) for index in range(5))
    assert found(stream[640:1280]) == {"shifted": Finding(0, 1, late)}


def test_a_part_of_a_frame_at_its_own_place_is_not_moved() -> None:
    """A frame of which some samples were changed is altered, and not cut elsewhere."""
    assert found(SIGNAL.frame(0)[:-2] + b"\0\1", SIGNAL.frame(3)[:320]) == {}


@pytest.mark.parametrize("payload", [b"", b"\1\2", bytes(640), b"\1\0" * 320, SIGNAL.frame(900)[::-1]])
def test_what_tells_nothing_is_not_found_anywhere(payload: bytes) -> None:
    """Short messages, silence and sounds that were not said are no findings."""
    content, echoes = spoken()
    content.said(bytes(640))
    content.foreign(0, payload, echoes)
    assert content.findings == {}


def test_searching_is_bounded() -> None:
    """The two searches that cost something stop after the first messages; headers are found at any time."""
    foreign = [Tone(AUDIO, 1000.0).frame(0) or b""] * 200
    assert found(*foreign, swapped(SIGNAL.frame(0)), CONNECTED) == {"json": Finding(201)}


def test_only_the_first_frames_are_kept() -> None:
    """A frame that was said after the first two seconds is not searched for."""
    content, echoes = spoken(101)
    late = b"".join(SIGNAL.frame(index) for index in (100, 101))
    content.foreign(0, late[44:684], echoes)
    assert len(content._said) == 100 * 640


def test_what_is_played_is_measured() -> None:
    """Loud steps are counted, and the loudest is known; a step of silence is heard and not loud."""
    content = Content(AUDIO)
    tone = Tone(AUDIO, 1000.0, level_dbfs=-20.0)
    for index in range(5):
        content.played(tone.frame(index) or b"")
    quiet = Silence(AUDIO).frame(0)
    content.played(quiet)
    content.played(quiet)
    assert (content.heard_steps, content.loud_steps) == (7, 5)
    assert content.level == -96
    assert content.loudest == pytest.approx(-20, abs=3.1)
