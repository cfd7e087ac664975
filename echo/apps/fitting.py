"""Whether an app can be called as it will be: a slip in its signatures is told when it is loaded, not to a caller."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getattr_static, isasyncgenfunction, isclass, isfunction, isgeneratorfunction, signature
from typing import Any, Final

from echo.errors import AppError

#: What each method of a class is given, besides itself.
METHODS: Final = {
    "answered": (),
    "audio": ("frame",),
    "text": ("message",),
    "dtmf": ("digit",),
    "ended": ("reason",),
}


def refuse_unfit(thing: Callable[..., Any], name: str, *given: str) -> None:
    """
    See that ``thing``, a function or a class of an app, can be called.

    Args:
        thing: what was found.
        name: what it is called.
        given: the names of what it will be given.

    Raises:
        AppError: if it cannot.
    """
    _refuse_call(thing, name, given)
    if not isclass(thing):
        return
    for method, arguments in METHODS.items():
        found = getattr(thing, method)
        is_given_itself = isfunction(getattr_static(thing, method))
        _refuse_call(found, f"{name}.{method}", arguments, ("self",) if is_given_itself else ())


def _refuse_call(thing: object, name: str, given: tuple[str, ...], before: tuple[str, ...] = ()) -> None:
    if not callable(thing):
        raise AppError(f"{name} is {type(thing).__name__} where a function is required")
    if isgeneratorfunction(thing) or isasyncgenfunction(thing):
        raise AppError(f"{name} has a yield in it; give what yields audio to call.play() instead")
    try:
        signature(thing).bind(*before, *given)
    except TypeError as error:
        raise AppError(f"{name} is called as {name}({', '.join(given)}), which fails: {error}") from None
    except ValueError:  # one in C, which tells nothing of itself
        return
