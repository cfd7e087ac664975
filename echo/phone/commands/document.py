"""Where ``echo-phone check`` has its document from: a file, standard input, or an answer URL."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from io import BufferedReader

from echo.errors import PhoneError
from echo.phone.incoming import open_file
from echo.phone.order import CallOrder
from echo.phone.words import PATH_LENGTH, shown

#: A megabyte, and one byte more so that the linter sees that there is more. NCCOs have a few hundred bytes.
_MOST = 1024 * 1024 + 1

#: Options of the command that are those of a call.
_SAME = ("post", "caller", "called", "api_key", "application_id", "insecure")


def read(options: Namespace, signature_secret: str | None) -> bytes:
    """
    Read the document that ``options.source`` names.

    Raises:
        PhoneError: if there is nothing to be read.
    """
    source: str = options.source
    if source == "-":
        return _read_standard_input()
    if "://" not in source:
        return _read_file(source)
    same = {name: getattr(options, name) for name in _SAME}
    return _ask(CallOrder(source, signature_secret=signature_secret, **same))


def _read_standard_input() -> bytes:
    try:
        if sys.stdin is not None:
            return sys.stdin.buffer.read(_MOST)
        reason = "there is none"
    except OSError as error:
        reason = error.strerror or str(error)
    raise PhoneError(f"standard input cannot be read: {reason}")


def _read_file(name: str) -> bytes:
    try:
        with BufferedReader(open_file(name)) as file:
            return file.read(_MOST)
    except OSError as error:
        is_address = re.match(r"localhost\b|[\w.-]+:[0-9]", name)
        hint = f"; for a URL write http://{shown(name, PATH_LENGTH)[1:-1]}" if is_address else ""
        raise PhoneError(f"{shown(name, PATH_LENGTH)} cannot be read: {error.strerror}{hint}") from None


def _ask(order: CallOrder) -> bytes:
    """Ask an answer URL as the provider does for a call; what is no NCCO is left to the linter."""
    # Twisted, which neither files nor --help need
    from echo.phone.dial import ask, identity_of, signer_of  # noqa: PLC0415
    from echo.phone.provider.answer import SYNTAX_ERROR, read_ncco  # noqa: PLC0415
    from echo.phone.provider.exchange import WebhookError  # noqa: PLC0415
    from echo.phone.reactor import run  # noqa: PLC0415

    signer = signer_of(order)
    answer = run(lambda reactor, _stop: ask(reactor, order, identity_of(order), signer))
    try:
        read_ncco(answer, order.url)
    except WebhookError as error:
        if error.reason != SYNTAX_ERROR:
            raise
    return answer.body
