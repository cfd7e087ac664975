"""The mistakes that whoever writes an app makes first: each is told in a sentence, as early as it can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from echo.apps import App, Conversation, blocking
from echo.apps.kinds import maker_of
from echo.errors import AppError
from tests.apps.caller import Caller

TOOLS = Caller(lambda _: None).tools


def silent() -> None:
    """A function that takes nothing."""


def two(one: bytes, other: bytes) -> None:
    """A function that takes too much."""


async def empty() -> None:
    """A coroutine that takes nothing."""


async def many(call: Conversation) -> Any:
    """A coroutine that wants to say something by ``yield``."""
    yield call


def pieces(frame: bytes) -> Any:
    """A function that wants the same."""
    yield frame


def made(**members: object) -> type[App]:
    """A class of an app."""
    return type("Mine", (App,), members)


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        (silent, r"silent is called as silent\(frame\), which fails: too many positional arguments"),
        (two, r"two is called as two\(frame\), which fails: missing a required argument: 'other'"),
        (blocking(two), r"two is called as two\(frame\), which fails: missing a required argument: 'other'"),
        (empty, r"empty is called as empty\(call\), which fails: too many positional arguments"),
        (many, r"many has a yield in it; give what yields audio to call.play\(\) instead"),
        (pieces, r"pieces has a yield in it; .*"),
        (made(audio=lambda: None), r"Mine.audio is called as Mine.audio\(frame\), which fails: too many .*"),
        (made(audio=blocking(lambda _: None)), r"Mine.audio is called as .*"),
        (made(dtmf=staticmethod(silent)), r"Mine.dtmf is called as Mine.dtmf\(digit\), which fails: .*"),
        (made(ended=lambda _: None), r"Mine.ended is called as Mine.ended\(reason\), which fails: .*"),
        (made(text=5), r"Mine.text is int where a function is required"),
        (made(__init__=lambda _: None), r"Mine is called as Mine\(call\), which fails: .*"),
    ],
)
def test_one_that_cannot_be_called_is_refused_when_it_is_loaded(thing: object, told: str) -> None:
    """With its name, what it will be given, and what is wrong with that."""
    with pytest.raises(AppError, match=f"^{told}$"):
        maker_of(thing, "mine", TOOLS)


@pytest.mark.parametrize(
    "thing",
    [
        lambda *_: None,
        made(audio=lambda *_: None, dtmf=staticmethod(lambda _: None), text=classmethod(lambda *_: None)),
        made(ended=lambda _self, _reason, _more=None: None, answered=str),
        made(audio=blocking(lambda _self, _frame: None), text=max),
    ],
)
def test_whatever_can_be_called_is_an_app(thing: object) -> None:
    """By defaults and stars too; what is written in C may tell nothing of itself."""
    maker_of(thing, "mine", TOOLS)


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (lambda call: call.send("hello"), "a piece of audio is str where bytes of PCM are required"),
        (lambda call: call.send_audio(5), "a piece of audio is int where bytes of PCM are required"),
        (lambda call: call.send_text(b"hello"), "a text message is bytes where str is required"),
        (lambda call: call.play(None), "NoneType cannot be played; allowed: PCM as bytes, the path of .*"),
        (lambda call: call.hangup(code=1005), "1005 is no close code that may be sent; allowed: 1000 to .*"),
        (lambda call: call.hangup("bye", "now"), "'now' is no close code that may be sent; allowed: .*"),
        (
            lambda call: call.notify({"at": float("nan")}),
            "Out of range float values are not JSON compliant.*",
        ),
    ],
)
def test_what_cannot_be_done_is_told_where_it_is_asked_for(
    do: Callable[[Conversation], object], told: str
) -> None:
    """Before anything of it has gone out."""
    caller = Caller(made())
    app: Any = caller.call.app
    before = len(caller.connection.asked)
    with pytest.raises((AppError, TypeError, ValueError), match=f"^{told}$"):
        do(app._app.call)
    assert len(caller.connection.asked) == before


def test_a_function_of_frames_that_returns_something_else_ends_its_call() -> None:
    """At the first frame, not when so many characters have made one."""
    caller = Caller(lambda _: "hello")
    caller.step(bytes(640))
    assert caller.closed == (1011, "internal error")
    assert caller.log.exceptions == ["TypeError"]
