"""
What it is that is heard, where it is not what was said.

Three mistakes are common enough to be known by their bytes: a file's header sent as if it were audio, the first
text message sent back as audio, and samples whose two bytes are swapped, since the name L16 stands for network
byte order everywhere but here (RFC 3551 section 4.5.11; the provider sends little-endian).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Final

from echo.audio.format import AudioFormat
from echo.audio.level import FLOOR_DBFS, level
from echo.phone.listening.echoes import Echoes

#: Below this nobody hears anything on a phone line; in dBFS.
SILENT_DBFS: Final = -60.0

#: Above this it is sound that somebody is meant to hear; in dBFS.
LOUD_DBFS: Final = -45.0

#: Steps of 20 ms above ``LOUD_DBFS`` that make it speech rather than a click: 200 ms.
LOUD_STEPS: Final = 10

#: Frames of the caller's whose bytes are kept to look for them at other places in messages: 2 s.
_KEPT: Final = 100

#: Foreign messages that are searched. An application does the same to all of them, or to the first few.
_SEARCHED: Final = 200

#: Bytes that are searched for; more than the chance of a few equal samples.
_PIECE: Final = 64

#: The least number of different bytes in them: silence and the like is found anywhere.
_VARIED: Final = 8

#: What a JSON text must look like to be no audio: so many printable characters in a row.
_JSON_HEAD: Final = 16


@dataclass
class Finding:
    """
    A kind of mistake.

    Attributes:
        index: the first message that has it.
        count: how many messages have it.
        detail: for ``shifted``: how many bytes too late the audio begins, within a frame.
    """

    index: int
    count: int = 1
    detail: int = 0


class Content:
    """
    What was found in the audio of an application.

    Attributes:
        findings: by kind: ``wav``, ``ogg``, ``flac``, ``mp3`` and ``json`` for what is no audio, ``swapped`` for
            an echo in the wrong byte order, ``shifted`` for one that is cut at other places than it was said in.
        heard_steps: steps of 20 ms in which the caller heard any audio.
        loud_steps: those of them above ``LOUD_DBFS``.
        loudest: the highest level of a step, in dBFS.
        level: that of the last step.
        sound_said: whether the caller said anything but digital silence.
    """

    __slots__ = (
        "_frame_bytes",
        "_last",
        "_said",
        "_said_frames",
        "_searched",
        "findings",
        "heard_steps",
        "level",
        "loud_steps",
        "loudest",
        "sound_said",
    )

    def __init__(self, audio: AudioFormat) -> None:
        self._frame_bytes = audio.frame_bytes
        self._said = bytearray()
        self._said_frames = 0
        self._searched = 0
        self._last: bytes | None = None
        self.findings: dict[str, Finding] = {}
        self.heard_steps = 0
        self.loud_steps = 0
        self.loudest = FLOOR_DBFS
        self.level = FLOOR_DBFS
        self.sound_said = False

    @property
    def container(self) -> tuple[str, Finding] | None:
        """What was sent as audio and is none, if anything: the kind, and where."""
        found = [(kind, finding) for kind, finding in self.findings.items() if kind in NOT_AUDIO]
        return min(found, key=lambda each: each[1].index, default=None)

    def said(self, frame: bytes) -> None:
        """Keep the first frames of the caller's, and note whether there is any sound in them."""
        self.sound_said = self.sound_said or frame.count(0) < len(frame)
        if self._said_frames < _KEPT:
            self._said_frames += 1
            self._said += frame

    def played(self, frame: bytes) -> None:
        """Measure a step that the caller heard; one that is the very object of the last one costs nothing."""
        if frame is not self._last:
            self._last = frame
            self.level = level(frame)
            self.loudest = max(self.loudest, self.level)
        self.heard_steps += 1
        if self.level > LOUD_DBFS:
            self.loud_steps += 1

    def foreign(self, index: int, payload: bytes, echoes: Echoes) -> None:
        """Look at a message that is nothing that was said."""
        kind = not_audio(payload)
        if kind is not None:
            self._found(kind, index)
        elif self._searched < _SEARCHED:
            self._searched += 1
            if echoes.knows(swapped(payload)):
                self._found("swapped", index)
            elif (shift := self._shift(payload)) is not None:
                self._found("shifted", index, shift)

    def _shift(self, payload: bytes) -> int | None:
        """Tell how far the caller's audio is moved in a message, in bytes; ``None`` if it is not there or not moved."""
        middle = max(0, (len(payload) - _PIECE) // 2)
        piece = payload[middle : middle + _PIECE]
        if len(piece) < _PIECE or len(set(piece)) < _VARIED:
            return None
        at = self._said.find(piece)
        shift = (middle - at) % self._frame_bytes
        return shift if at >= 0 and shift else None

    def _found(self, kind: str, index: int, detail: int = 0) -> None:
        if kind in self.findings:
            self.findings[kind].count += 1
        else:
            self.findings[kind] = Finding(index, detail=detail)


#: Kinds of findings that are no audio at all, with their names.
NOT_AUDIO: Final = {
    "wav": "the header of a WAV file",
    "ogg": "a page of an Ogg file",
    "flac": "the header of a FLAC file",
    "mp3": "the ID3 tag of an MP3 file",
    "json": "JSON text",
}


def not_audio(payload: bytes) -> str | None:
    """Tell which of ``NOT_AUDIO`` a message begins with, if it does; by enough bytes to exclude chance."""
    if payload.startswith((b"RIFF", b"RF64")) and payload[8:12] == b"WAVE":
        return "wav"
    if payload.startswith(b"OggS\0"):
        return "ogg"
    if payload.startswith(b"fLaC"):
        return "flac"
    if payload.startswith(b"ID3") and payload[3:4] in {b"\2", b"\3", b"\4"}:
        return "mp3"
    return "json" if _is_json(payload) else None


def _is_json(payload: bytes) -> bool:
    """Tell a JSON object by its first characters: it may be cut off, or filled up to a frame."""
    head = payload[:_PIECE].lstrip()[:_JSON_HEAD]
    return head.startswith(b"{") and b'"' in head and head.isascii() and head.decode("ascii").isprintable()


def swapped(payload: bytes) -> bytes:
    """Swap the two bytes of each sample; half a sample at the end stays."""
    whole = len(payload) & ~1
    samples = array("H", payload[:whole])
    samples.byteswap()
    return samples.tobytes() + payload[whole:]
