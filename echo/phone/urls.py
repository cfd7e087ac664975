"""How the text of an option becomes a URL; see :mod:`echo.phone.words`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from echo.phone.words import shown
from echo.untrusted import clean

#: Which command takes the files that end so.
_FOR_FILES = {"json": "check", "toml": "run", "jsonl": "replay"}


def target(text: str) -> str:
    """Parse the URL to call: an answer URL (http, https) or a socket (ws, wss)."""
    return _url(text, ("http", "https", "ws", "wss"), "http://{} for an answer URL or ws://{} for a socket")


def web_url(text: str) -> str:
    """Parse a URL that is asked or posted to."""
    return _url(text, ("http", "https"), "http://{}")


def socket_url(text: str) -> str:
    """Parse the URL of a WebSocket."""
    return _url(text, ("ws", "wss"), "wss://{}")


def _url(text: str, schemes: Sequence[str], hint: str) -> str:
    if re.fullmatch(r"[!-~]+", text) is None:
        raise ValueError(f"{shown(text)} is no URL: it has characters that must be percent-encoded")
    parts = _split(text)
    # A scheme without // is the host of localhost:8000; without a colon there is no scheme at all.
    if "://" not in text:
        command = _FOR_FILES.get(text.rpartition(".")[2].lower())
        if command is not None:
            raise ValueError(f"{shown(text)} is no URL: a file like that is for 'echo-phone {command}'")
        place = clean(text.lstrip("/"), 60)
        raise ValueError(f"{shown(text)} is no URL: write {hint.replace('{}', place)}")
    if parts.scheme not in schemes:
        raise ValueError(f"{shown(text)} is no URL for this: it must begin with {_listed(schemes)}")
    _check(text, parts)
    return text


def _listed(schemes: Sequence[str]) -> str:
    named = [f"{scheme}://" for scheme in schemes]
    return f"{', '.join(named[:-1])} or {named[-1]}"


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises as well, for what is no port
    except ValueError as error:
        raise ValueError(f"{shown(text)} is no URL: {clean(str(error))}") from None
    return parts


def _check(text: str, parts: SplitResult) -> None:
    """Refuse what would be lost, or sent where it is not meant to be."""
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL with a user and a password is refused: the provider takes none")
    if "#" in text:
        raise ValueError(f"{shown(text)} has a fragment (#...), which is never sent: leave it out")
    if not parts.hostname or parts.port == 0:
        raise ValueError(f"{shown(text)} is no URL: it names no host, or a port that is none")
