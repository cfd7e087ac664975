"""The menu: says which apps there are, and lets the caller reach each of them by a key."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Final

from echo.apps.answering import Answering
from echo.apps.base import App
from echo.apps.conversation import Conversation
from echo.apps.within import Within
from echo.call.app import App as AnyApp
from echo.call.app import AppMaker
from echo.call.codes import NO_CLOSE_FRAME
from echo.call.report import Ending

#: The sentences, spoken by a program: ``make.sh`` beside them tells how.
PROMPTS: Final = Path(__file__).with_name("prompts")

#: The key that leads back to the menu.
BACK: Final = "*"

#: Times that the choices are said, with so many seconds between.
TIMES: Final = 3
PAUSE: Final = 8.0

_LEFT: Final = Ending("echo", NO_CLOSE_FRAME, "the caller went back to the menu")


class Menu(App):
    """
    Keys 1 to 9 choose an app, ``*`` comes back. Speech and keys interrupt it.

    Args:
        call: the call.
        choices: the apps in the order of their keys; nine at the most are offered.
    """

    def __init__(self, call: Conversation, choices: Mapping[str, AppMaker]) -> None:
        super().__init__(call)
        self._choices = {str(n): each for n, each in enumerate(list(choices.items())[:9], 1)}
        self._chosen: AnyApp | None = None
        self._within: Within | None = None
        self._turn = 0
        self._has_just_chosen = False

    async def answered(self) -> None:
        """Welcome the caller, and say what there is."""
        self._say("welcome")
        await self._ask()

    def audio(self, frame: bytes) -> None:
        """Let the chosen app hear."""
        if self._chosen is not None:
            self._chosen.audio(frame)

    def text(self, message: str) -> None:
        """Let the chosen app read; not the key that it was chosen by."""
        if self._chosen is not None and not self._has_just_chosen:
            self._chosen.text(message)
        self._has_just_chosen = False

    def dtmf(self, digit: str) -> Awaitable[None] | None:
        """Choose, or come back; the other keys are the chosen app's own, which gets them as texts."""
        if self._chosen is not None:
            return self._come_back() if digit == BACK else None
        self._turn += 1
        self.call.forget_keys()
        if digit not in self._choices:
            return self._ask()
        self._choose(*self._choices[digit])
        return None

    def ended(self, reason: Ending) -> None:
        """Tell the chosen app."""
        if self._chosen is not None:
            self._chosen.ended(reason)

    async def _ask(self) -> None:
        """Say the choices until one is made."""
        turn = self._turn
        for _ in range(TIMES):
            for digit, (name, _maker) in self._choices.items():
                prompt = f"for-{name}"
                self._say(prompt if (PROMPTS / f"{prompt}.ogg").exists() else "for-another")
                self._say(digit)
            self._say("star")
            await self.call.finished()
            await self.call.sleep(PAUSE)
            if turn != self._turn:
                return
        self._say("goodbye")
        await self.call.finished()
        if turn == self._turn:
            self.call.hangup("no app was chosen")

    def _say(self, prompt: str) -> None:
        self.call.play(PROMPTS / f"{prompt}.ogg", barge_in=True)

    def _choose(self, name: str, maker: AppMaker) -> None:
        self.call.log.info(f"the caller chose {name}")
        self._has_just_chosen = True
        self._within = self.call.within(self._left)
        self._chosen = maker(self._within)
        if isinstance(self._chosen, Answering):
            self._chosen.begin()

    def _left(self) -> None:
        """Go on once the chosen app has done its work: not within its own words."""
        self.call.later(self._come_back)

    async def _come_back(self) -> None:
        chosen, within = self._chosen, self._within
        self._chosen = self._within = None
        if within is not None:
            within.leave()
        if chosen is not None:
            chosen.ended(_LEFT)
        self._turn += 1
        self.call.clear()
        await self._ask()
