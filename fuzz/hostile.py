"""Malformed requests, texts and frames from a seed: examples of the corpus, torn, repeated and mixed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from fuzz import TARGETS
from tests.frames import BINARY, CLOSE, PING, PONG, TEXT, encode_frame, frame_header

CORPUS = Path(__file__).with_name("corpus")
CASES = Path(__file__).parents[1] / "tests/web/requests.toml"

#: What parsers look for.
WORDS = (
    *(
        b"\r\n",
        b"\n",
        b"\0",
        b" ",
        b"\t",
        b":",
        b";",
        b",",
        b"\xff",
        b"\x80",
        b"\xc3",
        b"-1",
        b"0x",
        b"9" * 30,
    ),
    *(b"chunked", b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n", b"0\r\n\r\n"),
    *(b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"HTTP/1.0", b"HEAD", b"OPTIONS", b"http://a"),
    *(b"{", b"}", b"[", b"]", b'"', b"\\u", b"\\ud800", b"1e999", b"NaN", b"null", b'"event":', b"${to}"),
    *(
        b"\x82\xfe",
        b"\x89\x80",
        b"\x88\x80",
        b"\x01\x80",
        b"\x80\x80",
        b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ),
)


class Hostile:
    """Draws what a stranger may send; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        cases = tomllib.loads(CASES.read_text("utf-8"))["case"]
        self._requests = [
            *(case["request"].encode("latin-1") for case in cases),
            *_without_lead("requests", 1),
        ]
        self._texts = [*examples("texts"), *examples("json_texts")]
        self._streams = _without_lead("frames", 2)

    def request(self) -> bytes:
        """Draw what may come on a fresh connection."""
        return self._mutated(self._requests)

    def text(self) -> bytes:
        """Draw a whole text message of a call, whose payload may be anything."""
        return encode_frame(TEXT, self._mutated(self._texts)[:8000])

    def frames(self) -> bytes:
        """Draw what may come within a call."""
        return self._random.choice((self._made_up_frame, lambda: self._mutated(self._streams)))()

    def choice(self, number: int) -> int:
        """Draw a number below ``number``."""
        return self._random.randrange(number)

    def _made_up_frame(self) -> bytes:
        random = self._random
        opcode = random.choice((BINARY, TEXT, PING, PONG, CLOSE, random.randrange(16)))
        final, rsv = random.random() < 0.8, random.choice((0, 0, 0, random.randrange(8)))
        key = random.choice((None, random.randbytes(4), random.randbytes(4), random.randbytes(4)))
        payload = random.randbytes(random.choice((0, 1, 2, 125, 126, 320, 640, random.randrange(9000))))
        if random.random() < 0.2:
            lie = random.choice((0, 125, 126, 65535, 65536, 2**63 - 1, random.randrange(2**20)))
            return frame_header(opcode, lie, final=final, rsv=rsv, key=key) + payload[:100]
        return encode_frame(opcode, payload, final=final, rsv=rsv, key=key)

    def _mutated(self, examples: Sequence[bytes]) -> bytes:
        """Take an example and do a few bad things to it."""
        data = bytearray(self._random.choice(examples))
        for _ in range(self._random.randrange(6)):
            self._random.choice(self._ways())(data, examples)
        return bytes(data[:20_000])

    def _ways(self) -> tuple[Callable[[bytearray, Sequence[bytes]], None], ...]:
        return (self._flip, self._put_word, self._cut, self._repeat, self._join)

    def _flip(self, data: bytearray, _examples: Sequence[bytes]) -> None:
        if data:
            data[self._random.randrange(len(data))] = self._random.randrange(256)

    def _put_word(self, data: bytearray, _examples: Sequence[bytes]) -> None:
        at = self._random.randrange(len(data) + 1)
        data[at:at] = self._random.choice(WORDS)

    def _cut(self, data: bytearray, _examples: Sequence[bytes]) -> None:
        start, end = self._span(data)
        del data[start:end]

    def _repeat(self, data: bytearray, _examples: Sequence[bytes]) -> None:
        start, end = self._span(data)
        data[start:start] = data[start:end] * self._random.choice((1, 2, 50))

    def _join(self, data: bytearray, examples: Sequence[bytes]) -> None:
        data += self._random.choice(examples)

    def _span(self, data: bytearray) -> tuple[int, int]:
        start = self._random.randrange(len(data) + 1)
        return start, start + self._random.choice((1, 4, 30))


def examples(target: str) -> list[bytes]:
    """Read the corpus of a target."""
    if target not in TARGETS:
        raise ValueError(f"{target!r} is no target: one of {', '.join(TARGETS)} is required")
    return [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]


def _without_lead(target: str, size: int) -> list[bytes]:
    """Read a corpus whose first bytes are for its target."""
    return [data[size:] for data in examples(target)]
