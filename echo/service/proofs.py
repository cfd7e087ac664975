"""
The settings that say what has to be proven: signature secrets, and what proves a socket's call.

They are found together, since each makes sense beside the others only. No sentence of these shows a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from echo.service.sources import Given
from echo.service.table import SETTING_BY_NAME
from echo.service.values import shown
from echo.webhook.secrets import Secret, parse_secrets

#: What proves a socket's call where there is a signature secret and nobody says anything, and where there is none.
WITH_SECRET: Final = ("token", "vonage")
WITHOUT_SECRET: Final = ("none",)

#: The provider's SDKs allow 8191 characters of printable ASCII; fewer than 8 can be guessed.
_AUTHORIZATION = re.compile(r"[!-~](?:[ -~]{6,8189})[!-~]")

Read = Callable[[str], bytes]


def resolve(
    found: Mapping[str, Any], given: Mapping[str, Given], read_file: Read, problems: list[str]
) -> dict[str, Any]:
    """
    Find what has to be proven.

    Args:
        found: the values of all settings.
        given: what somebody gave.
        read_file: reads a file, or raises :class:`OSError`.
        problems: gets a sentence for whatever is wrong.

    Returns:
        The fields ``secrets``, ``socket_auth`` and ``socket_authorization``.
    """

    def read(name: str, parse: Callable[[str], Any]) -> Any:
        if found[name] is None:
            return None
        value, problem = _read(found[name], read_file, parse, SETTING_BY_NAME[name].allowed)
        problems.extend([f"{given[name].place}: {shown(found[name])} {problem}"] if problem else ())
        return value

    of_file = read("signature_secret_file", parse_secrets)
    secrets = tuple(dict.fromkeys([*(found["signature_secret"] or ()), *(of_file or ())]))
    named = found["socket_auth"]
    if "vonage" in (named or ()) and not {"signature_secret", "signature_secret_file"} & given.keys():
        place = given["socket_auth"].place
        problems.append(f"{place}: vonage needs the account's signature secret (--signature-secret-file)")
    return {
        "secrets": secrets,
        "socket_auth": named or (WITH_SECRET if secrets else WITHOUT_SECRET),
        "socket_authorization": read("socket_authorization_file", _authorization),
    }


def doubts(found: Mapping[str, Any], proven: Mapping[str, Any], given: Mapping[str, Given]) -> Iterator[str]:
    """Warn of what is probably a mistake but no reason to refuse."""
    secrets: tuple[Secret, ...] = proven["secrets"]
    if "signature_secret" in given and given["signature_secret"].place.startswith("--"):
        yield "--signature-secret: others on this machine may have read it; --signature-secret-file hides it"
    if "unsigned" in given and found["unsigned"] == "allow" and "token" in proven["socket_auth"]:
        yield f"{given['unsigned'].place} allow: whoever asks for the script gets a token that opens a socket"
    if "unsigned" in given and not secrets:
        yield f"{given['unsigned'].place} changes nothing without a signature secret: no webhook has to be signed"
    if secrets and proven["socket_auth"] == WITHOUT_SECRET:
        yield f"{given['socket_auth'].place} none: there is a signature secret, and every WebSocket is accepted"
    if proven["socket_authorization"] is not None and "custom" not in proven["socket_auth"]:
        place = given["socket_authorization_file"].place
        yield f"{place} changes nothing without --socket-auth custom"


def _read(path: str, read_file: Read, parse: Callable[[str], Any], allowed: str) -> tuple[Any, str]:
    """Read what is in a file; what is wrong, if anything is, as the rest of a sentence."""
    try:
        return parse(read_file(path).decode("utf-8-sig")), ""
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return None, f"is not UTF-8; allowed: {allowed}"
    except ValueError as error:
        return None, f"{error}; allowed: {allowed}"


def _authorization(text: str) -> str:
    value = text.strip()
    if _AUTHORIZATION.fullmatch(value) is None:
        raise ValueError("holds no Authorization header")
    return value
