"""The apps that come with echo, by the names that ``--app`` and ``--apps`` know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from echo.apps.answering import Answers
from echo.apps.base import App
from echo.apps.conversation import Conversation
from echo.apps.delayed import Delayed
from echo.apps.echo import Echo
from echo.apps.menu import PROMPTS, Menu
from echo.apps.parrot import Parrot
from echo.apps.play import Play
from echo.apps.record import Record
from echo.apps.reflect import Reflect
from echo.apps.silence import Silence
from echo.apps.tone import ToneApp
from echo.apps.tools import Tools
from echo.call.app import App as AnyApp
from echo.call.app import AppMaker, Call

#: Those that need nothing but their call.
APPS: Mapping[str, AppMaker] = {"echo": Echo, "reflect": Reflect}

#: What ``play`` plays where the operator names nothing.
SAMPLE: Final = PROMPTS / "sample.ogg"

#: What the menu offers where the operator lists nothing.
_OFFERED: Final = ("echo", "parrot", "record", "tone", "silence", "play")


class DelayedEcho:
    """Makes the echo that is late."""

    lossless = False

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def __call__(self, call: Call) -> AnyApp:
        """Answer ``call``."""
        return Delayed(call, self._tools.choices.echo_delay, self._tools.reactor)


def _echo(tools: Tools) -> AppMaker:
    return DelayedEcho(tools) if tools.choices.echo_delay else Echo


def _play(tools: Tools) -> Callable[[Conversation], App]:
    choices = tools.choices
    return partial(Play, path=choices.play_file or SAMPLE, loop=choices.play_loop)


def _menu(tools: Tools) -> Callable[[Conversation], App]:
    def menu(call: Conversation) -> App:
        apps = tools.apps or {name: shipped(name, tools) for name in _OFFERED}
        return Menu(call, {name: maker for name, maker in apps.items() if name != "menu"})

    return menu


def _tone(tools: Tools) -> Callable[[Conversation], App]:
    return partial(ToneApp, kind=tools.choices.tone)


def _bridge(tools: Tools) -> AppMaker:
    # Here, since it brings numpy: when the daemon starts, and not when the first call comes.
    from echo.apps.bridge import Bridge, Rooms  # noqa: PLC0415

    return Answers("bridge", partial(Bridge, rooms=Rooms(tools.rooms, tools.reactor)), tools)


#: Each with what makes its maker.
_SHIPPED: Mapping[str, Callable[[Tools], AppMaker]] = {
    "bridge": _bridge,
    "echo": _echo,
    "menu": lambda tools: Answers("menu", _menu(tools), tools),
    "parrot": lambda tools: Answers("parrot", Parrot, tools),
    "play": lambda tools: Answers("play", _play(tools), tools),
    "record": lambda tools: Answers("record", Record, tools),
    "reflect": lambda _tools: Reflect,
    "silence": lambda tools: Answers("silence", Silence, tools),
    "tone": lambda tools: Answers("tone", _tone(tools), tools),
}

#: What ``--app`` chooses from, besides files and what other packages bring.
NAMES: Final = tuple(_SHIPPED)


def shipped(name: str, tools: Tools) -> AppMaker:
    """Make what answers calls by the app of this name, one of ``NAMES``."""
    return _SHIPPED[name](tools)
