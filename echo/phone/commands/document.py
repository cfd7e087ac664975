"""Where ``echo-phone check`` has its document from: a file, standard input, or an answer URL."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from echo.errors import PhoneError
from echo.phone.commands import urls
from echo.phone.commands.parser import UsageError
from echo.phone.words import PATH_LENGTH, shown

if TYPE_CHECKING:
    from echo.phone.provider.signing import Signer

#: A megabyte, and one byte more so that the linter sees that there is more. NCCOs have a few hundred bytes.
_MOST = 1024 * 1024 + 1


def read(options: Namespace, signature_secret: str | None) -> bytes:
    """
    Read the document that ``options.source`` names.

    Raises:
        UsageError: for a URL that cannot be one of an NCCO.
        PhoneError: if there is nothing to be read.
    """
    source: str = options.source
    if source == "-":
        return sys.stdin.buffer.read(_MOST)
    if "://" not in source:
        return _read_file(source)
    try:
        url = urls.web_url(source)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return _ask(url, options, signature_secret)


def _read_file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MOST)
    except OSError as error:
        raise PhoneError(f"{shown(name, PATH_LENGTH)} cannot be read: {error.strerror}") from None


def _ask(url: str, options: Namespace, signature_secret: str | None) -> bytes:
    """Ask an answer URL as the provider does for a call."""
    # Twisted, which neither files nor --help need
    from echo.phone.provider.answer import answer_parameters  # noqa: PLC0415
    from echo.phone.provider.exchange import ANSWER, problem_of, send  # noqa: PLC0415
    from echo.phone.provider.fetch import Web  # noqa: PLC0415
    from echo.phone.provider.identity import Identity  # noqa: PLC0415
    from echo.phone.reactor import run  # noqa: PLC0415

    identity = Identity.make(os.urandom, caller=options.caller, called=options.called)
    answer = run(
        lambda reactor, _stop: send(
            Web(reactor, insecure=options.insecure),
            url,
            "POST" if options.post else "GET",
            answer_parameters(identity),
            patience=ANSWER,
            signer=_signer(options, signature_secret),
        )
    )
    problem = problem_of(answer)
    if problem is not None:
        raise PhoneError(f"{shown(url)}: {problem}")
    return answer.body


def _signer(options: Namespace, signature_secret: str | None) -> Signer | None:
    from echo.phone.provider.identity import new_uuid  # noqa: PLC0415
    from echo.phone.provider.signing import API_KEY, Signer  # noqa: PLC0415

    if signature_secret is None:
        return None
    return Signer(
        signature_secret,
        now=time.time,
        new_id=lambda: new_uuid(os.urandom),
        api_key=options.api_key or API_KEY,
        application_id=options.application_id,
    )
