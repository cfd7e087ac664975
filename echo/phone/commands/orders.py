"""From the options of the command line to orders: what no single option can say about itself is checked here."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from echo.errors import PhoneError
from echo.phone.commands.groups import SECRET_VARIABLE
from echo.phone.commands.parser import UsageError
from echo.phone.order import BETWEEN_KEYS, COUNTS, DEFAULT_RATE, LATENCIES, ApiOrder, CallOrder, Output
from echo.phone.words import PATH_LENGTH, is_text, shown
from echo.untrusted import Json

#: An answer URL's NCCO says these itself; a socket has no use for the others.
_FOR_SOCKETS = ("header", "authorization")
_FOR_ANSWERS = ("post", "fallback", "rest_port")

#: A file of many secrets, or none at all, is a slip: what is signed with has 16 to 64 characters or so.
_LONGEST_SECRET = 65536

#: Options that are fields of an order under the same name.
_SAME = (
    *("url", "post", "caller", "called", "fallback", "event_url", "api_key", "application_id", "insecure"),
    *("authorization", "leading_space", "legacy", "audio", "tone", "silence", "rate", "duration", "tail"),
    *("hangup", "far_end", "buffer", "notify_on_clear", "record", "trace", "expect"),
)


def call_order(options: Namespace, environ: Mapping[str, str]) -> CallOrder:
    """
    Make the order of a call from those options of one that the command has.

    Raises:
        UsageError: for options that do not go together.
        PhoneError: if the file of the secret cannot be read.
    """
    given = vars(options)
    _check(given)
    order = CallOrder(
        **{name: given[name] for name in _SAME if name in given},
        signature_secret=secret(given.get("signature_secret"), environ),
        headers=_headers(given.get("header", [])),
        subprotocol=not given.get("no_subprotocol", False),
        dtmf=_presses(given.get("dtmf", [])),
        mutes=tuple(sorted(given.get("mute", []))),
        limits=_limits(given),
    )
    if order.authorization == "vonage" and order.signature_secret is None:
        raise UsageError("--authorization vonage is a signed token: it needs --signature-secret")
    return order


def output(options: Namespace) -> Output:
    """Tell what is to be shown."""
    given = vars(options)
    quiet, verbose = given.get("quiet", False), given.get("verbose", False)
    if quiet and verbose:
        raise UsageError("--quiet and --verbose do not go together")
    return Output(given["json"], quiet, verbose)


def api_order(options: Namespace) -> ApiOrder | None:
    """Tell what the REST API is to be beside calls; ``None`` for none."""
    given = vars(options)
    if given["rest_port"] is None:
        for name in ("public_key", "rest_fault"):
            if given[name]:
                raise UsageError(f"--{name.replace('_', '-')} is for the REST API: there is no --rest-port")
        return None
    if given["public_key"] is None:
        raise UsageError("the REST API needs --public-key FILE: it tells whose tokens are taken")
    return ApiOrder(
        given["rest_port"], given["public_key"], given["application_id"], tuple(given["rest_fault"])
    )


def secret(text: str | None, environ: Mapping[str, str]) -> str | None:
    """Find the signature secret: from the option, else the environment; ``@FILE`` stands for a file's text."""
    source = "--signature-secret" if text is not None else SECRET_VARIABLE
    text = _secret_text(text, environ)
    if text is None:
        return None
    found = _read(text[1:]) if text.startswith("@") else text
    if not found:
        raise UsageError(f"{source}: the secret is empty")
    if not is_text(found):
        raise UsageError(f"{source}: the secret is not text in UTF-8")
    return found


def files_read(options: Namespace, environ: Mapping[str, str]) -> list[str]:
    """Name the files that an order is made of, which nothing may be written to."""
    text = _secret_text(vars(options).get("signature_secret"), environ)
    return [text[1:]] if text is not None and text.startswith("@") else []


def _secret_text(text: str | None, environ: Mapping[str, str]) -> str | None:
    return environ.get(SECRET_VARIABLE) or None if text is None else text


def _read(path: str) -> str:
    """Read a secret; the newline that an editor puts behind it is no part of it."""
    try:
        with Path(path).open("rb") as file:
            body = file.read(_LONGEST_SECRET + 1)
        if len(body) > _LONGEST_SECRET:
            name = shown(path, PATH_LENGTH)
            raise PhoneError(f"{name}: more than {_LONGEST_SECRET} bytes are no signature secret")
        return body.decode("utf-8").strip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise PhoneError(
            f"the signature secret cannot be read from {shown(path, PATH_LENGTH)}: {reason}"
        ) from None


def _check(given: Mapping[str, object]) -> None:
    is_socket = str(given["url"]).lower().startswith(("ws://", "wss://"))
    for name in _FOR_ANSWERS if is_socket else _FOR_SOCKETS:
        if _is_given(given.get(name)):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} is for an answer URL: a socket is opened at once, without an NCCO"
                if is_socket
                else f"{option} is for a ws:// or wss:// URL: here the NCCO says it, in its endpoint"
            )
    _check_tone(given, is_socket=is_socket)
    if given.get("silence") and given.get("expect") == "echo":
        raise UsageError(
            "--silence and --expect echo do not go together: frames of silence are all the same, so none of "
            "them can be known again; leave out --silence"
        )


def _is_given(value: object) -> bool:
    """Tell whether an option was given; port 0 is one, too."""
    return bool(value) or (value is not False and value == 0)


def _check_tone(given: Mapping[str, object], *, is_socket: bool) -> None:
    """Refuse a tone that the rate cannot carry, as far as the rate is known (the NCCO may name another)."""
    tone, rate = given.get("tone"), given.get("rate") or (DEFAULT_RATE if is_socket else None)
    if isinstance(tone, float) and isinstance(rate, int) and tone >= rate / 2:
        raise UsageError(f"--tone: at {rate} Hz a tone must be below {rate // 2} Hz")


def _headers(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    headers = dict(pairs)
    if len(headers) != len(pairs):
        raise UsageError("--header: the same name is given twice")
    return headers


def _presses(given: list[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    """Spread the keys of each --dtmf over time."""
    presses = [(at + number * BETWEEN_KEYS, key) for at, keys in given for number, key in enumerate(keys)]
    return tuple(sorted(presses, key=lambda press: press[0]))


def _limits(given: Mapping[str, object]) -> dict[str, float]:
    limits = {name: given.get(name) for name in (*LATENCIES, *COUNTS)}
    return {name: limit for name, limit in limits.items() if isinstance(limit, int | float)}
