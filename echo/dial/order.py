"""What the command line of ``echo-dial`` asks for: one call, and how it is shown."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from echo.dial.options import VARIABLES
from echo.errors import NccoError, RestError, UntrustedTextError
from echo.ncco.lint import lint
from echo.phone.commands.parser import UsageError
from echo.phone.words import PATH_LENGTH, shown
from echo.untrusted import Json, parse_json
from echo.vonage import endpoints
from echo.vonage.regions import API_URL, parse_api_url
from echo.vonage.requests import NewCall
from echo.vonage.tokens import is_application_id, parse_private_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: What is read aloud to a socket that nobody says anything else for.
TEST_CALL: Final = "This is a test call. What comes back of it is yours."

#: More than any NCCO has, and than a key.
_MOST: Final = 256 * 1024


@dataclass(frozen=True)
class DialOrder:
    """
    What is asked for.

    Attributes:
        call: the call.
        application_id: whose call it is.
        key: its private key.
        api_url: where the API is.
        wait: stay until the call is over.
        as_json: one JSON object on standard output, and nothing else there.
    """

    call: NewCall
    application_id: str
    key: RSAPrivateKey = field(repr=False)
    api_url: str = API_URL
    wait: bool = False
    as_json: bool = False


def dial_order(options: Namespace, environ: Mapping[str, str]) -> DialOrder:
    """
    Make the order of the options.

    Raises:
        UsageError: for options that do not go together, or are missing.
        RestError: for a file that cannot be used, or a call that cannot be placed.
    """
    given = {name: getattr(options, name) or environ.get(VARIABLES[name]) for name in VARIABLES}
    return DialOrder(
        call=_call(options),
        application_id=_application_id(given["application_id"]),
        key=_key(given["private_key"]),
        api_url=_api_url(given["api_url"] or API_URL),
        wait=options.wait,
        as_json=options.json,
    )


def _call(options: Namespace) -> NewCall:
    if options.to is None and options.socket is None:
        raise UsageError("whom to call? --to NUMBER is a phone, --socket URL a WebSocket")
    if options.post and options.answer_url is None:
        raise UsageError("--post is for an answer URL: there is no --answer-url")
    if options.socket is None and options.header:
        raise UsageError("--header is for a WebSocket: there is no --socket")
    socket = None if options.socket is None else _endpoint(options)
    return NewCall(
        to=endpoints.phone(options.to) if options.to is not None else socket or {},
        from_=options.caller,
        answer_method="POST" if options.post else "GET",
        event_url=options.event_url,
        ringing=options.ringing,
        longest=options.longest,
        **_script(options, socket),
    )


def _endpoint(options: Namespace) -> endpoints.Endpoint:
    headers: dict[str, Json] = dict(options.header)
    authorization = None if options.authorization == "none" else options.authorization
    return endpoints.socket(options.socket, rate=options.rate, headers=headers, authorization=authorization)


def _script(options: Namespace, socket: endpoints.Endpoint | None) -> dict[str, Any]:
    """Tell what happens on the call: an answer URL or an NCCO."""
    if options.to is not None and socket is not None:
        if options.answer_url or options.ncco or options.talk:
            raise UsageError(
                "--to beside --socket connects the two: --answer-url, --ncco or --talk say otherwise"
            )
        return {"ncco": [{"action": "connect", "endpoint": [socket]}]}
    if options.answer_url is not None:
        return {"answer_url": options.answer_url}
    if options.ncco is not None:
        return {"ncco": _ncco(options.ncco)}
    if options.talk is None and socket is None:
        raise UsageError(
            "what happens once it is answered? say it by --answer-url, --ncco, --talk or --socket"
        )
    return {"ncco": _linted([{"action": "talk", "text": options.talk or TEST_CALL}], "--talk")}


def _ncco(path: str) -> Any:
    try:
        document = parse_json(_read(path), _MOST)
    except UntrustedTextError as error:
        raise NccoError(shown(path, PATH_LENGTH), "$", error.problem) from None
    return _linted(document, shown(path, PATH_LENGTH))


def _linted(document: Json, source: str) -> Json:
    """Let an NCCO pass that the provider will take; it says less about another one."""
    for finding in lint(document):
        if finding.severity == "error":
            raise NccoError(source, finding.path, finding.problem)
    return document


def _application_id(text: str | None) -> str:
    if text is None:
        raise UsageError(f"whose call is it? --application-id, or {VARIABLES['application_id']}")
    if not is_application_id(text):
        raise UsageError(f"--application-id: {shown(text)} is not the id of an application")
    return text


def _key(path: str | None) -> RSAPrivateKey:
    if path is None:
        raise UsageError(
            f"the private key of the application is needed: --private-key, or {VARIABLES['private_key']}"
        )
    try:
        return parse_private_key(_read(path))
    except ValueError as error:
        raise RestError(f"{shown(path, PATH_LENGTH)} {error}") from None


def _api_url(text: str) -> str:
    try:
        return parse_api_url(text)
    except ValueError as error:
        raise UsageError(f"--api-url: {shown(text)} {error}") from None


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST + 1)
    except OSError as error:
        raise RestError(f"{shown(path, PATH_LENGTH)} cannot be read: {error.strerror}") from None
