"""What the first text message of a call decides: whether the socket is that call's, and which app answers."""

from __future__ import annotations

from echo.call.app import AppMaker
from echo.call.codes import NO_CLOSE_FRAME
from echo.call.messages import Start
from echo.call.report import Ending
from echo.call.terms import CallTerms
from echo.untrusted import clean

#: The header in the NCCO that names the app of a call.
APP_HEADER = "app"

#: What the app is told that answers until a call has said which one it wants.
REPLACED = Ending("echo", NO_CLOSE_FRAME, "another app answers this call")


def wanted_app(name: str, start: Start, terms: CallTerms) -> AppMaker | None:
    """Find the app that call ``name`` asks for, if it may; ``None`` where the one that answers already is right."""
    wanted = start.metadata.get(APP_HEADER)
    if wanted is None or wanted == "":
        return None
    make_app = terms.apps.get(wanted) if isinstance(wanted, str) else None
    if make_app is None:
        said = clean(terms.log.privacy.words(str(wanted)), 64)
        terms.log.warn(f"{name}: asks for the app {said}, which --apps does not allow")
    return None if make_app is terms.make_app else make_app


def is_of(start: Start, conversation: str | None) -> bool:
    """Tell whether a first message, where it names a conversation, names the one that the socket is for."""
    return conversation is None or start.metadata.get("conversation_uuid", conversation) == conversation
