"""Invariant: whatever strangers send, no exception escapes, and twenty callers beside them hear themselves."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable

from fuzz.hostile import Hostile
from tests.daemon import rss
from tests.face import Face, Wire
from tests.frames import BINARY, encode_frame

INNOCENTS = 20

#: 20 ms: at this pace 50 strangers a second come, and each innocent speaks 2.5 times.
STEP = 0.02

#: Longer than every deadline that a stranger may leave behind.
ALL_DEADLINES = 90

FRAME = bytes(range(256)) * 2 + bytes(128)


class Storm:
    """A daemon in memory with innocent calls, and strangers who send what ``Hostile`` draws."""

    def __init__(self, seed: int) -> None:
        self._hostile = Hostile(seed)
        self._face = Face()
        self._innocents = [self._face.call()[0] for _ in range(INNOCENTS)]
        self._stranger: Wire | None = None
        self._sent = 0

    def blow(self, count: int) -> None:
        """Let ``count`` requests, texts and frames come, and look at what they leave behind."""
        for _ in range(count):
            kinds: tuple[Callable[[], None], ...] = (self._request, self._text, self._frames)
            kinds[self._hostile.choice(3)]()
            self._pass_time()
        self._check_what_is_left()

    def _request(self) -> None:
        wire = self._face.connect()
        wire.receive(self._hostile.request(), self._hostile.choice(2000) or None)
        if wire.disconnecting or self._hostile.choice(2):
            wire.lose()

    def _text(self) -> None:
        self._a_call().receive(self._hostile.text())

    def _frames(self) -> None:
        self._a_call().receive(self._hostile.frames(), self._hostile.choice(2000) or None)

    def _a_call(self) -> Wire:
        """Give a stranger's call that is still on."""
        if self._stranger is None or self._stranger.state() != "open" or not self._hostile.choice(50):
            if self._stranger is not None and self._hostile.choice(2):
                self._stranger.lose()
            self._stranger = self._face.call()[0]
        self._stranger.clear()
        return self._stranger

    def _pass_time(self) -> None:
        """Let an innocent speak and hear itself; look whether anything of ours has failed."""
        self._sent += 1
        self._face.clock.advance(STEP)
        wire = self._innocents[self._sent % INNOCENTS]
        wire.clear()
        wire.receive(encode_frame(BINARY, FRAME))
        assert wire.taken() == encode_frame(BINARY, FRAME, key=None), f"at {self._sent}"
        if self._sent % 100 == 0:
            assert self._face.log.at("failure") == [], f"at {self._sent}"
            self._face.log.lines.clear()

    def _check_what_is_left(self) -> None:
        if self._stranger is not None:
            self._stranger.lose()
            self._stranger = None
        for _ in range(int(ALL_DEADLINES / STEP)):
            self._pass_time()
        assert self._face.site.connections == 0
        assert len(self._face.registry.live) == INNOCENTS
        assert len(self._face.clock.getDelayedCalls()) == INNOCENTS  # one timer for each call


def growth(seed: int, count: int) -> int:
    """Let a storm pass and tell by how many bytes the process is larger than after its first tenth."""
    storm = Storm(seed)
    storm.blow(count // 10)
    gc.collect()
    before = rss(os.getpid())
    storm.blow(count - count // 10)
    gc.collect()
    return rss(os.getpid()) - before
