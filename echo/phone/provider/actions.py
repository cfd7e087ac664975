"""
What an action of an NCCO says, read leniently: the linter is who tells that it should say it otherwise.

The ranges and defaults are those of the NCCO reference (Vonage, Voice API 1.10).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from echo.untrusted import Json, clean

#: The most characters of a text or an address that a step shows.
_SHOWN = 80

_WAIT_DEFAULT, _WAIT_LEAST, _WAIT_MOST = 10.0, 0.1, 7200.0
_LIMIT = 7200.0
_KEYS_DEFAULT, _KEYS_MOST = 4, 20


@dataclass(frozen=True)
class Hook:
    """
    Where events go.

    Attributes:
        url: ``None`` for nowhere.
        method: POST or GET.
    """

    url: str | None
    method: str = "POST"


def hook_of(action: Mapping[str, Json], otherwise: Hook) -> Hook:
    """Tell where the events of an action go: where it says, or where those of the application go."""
    url = action.get("eventUrl")
    if isinstance(url, list) and url:
        url = url[0]
    if not isinstance(url, str):
        return otherwise
    return Hook(url, "GET" if action.get("eventMethod") == "GET" else "POST")


def endpoint_of(action: Mapping[str, Json]) -> dict[str, Json] | None:
    """Take the endpoint of a ``connect``, the first and only one of its array; ``None`` where there is none."""
    endpoints = action.get("endpoint")
    first = endpoints[0] if isinstance(endpoints, list) and endpoints else endpoints
    return first if isinstance(first, dict) and isinstance(first.get("type"), str) else None


def is_synchronous(action: Mapping[str, Json]) -> bool:
    """Tell whether the events of a ``connect`` may be answered with an NCCO."""
    return action.get("eventType") == "synchronous"


def limit_of(action: Mapping[str, Json]) -> float:
    """Tell the seconds after which a ``connect`` ends: two hours where it does not say, and at most."""
    limit = _number(action.get("limit"))
    return _LIMIT if limit is None else min(limit, _LIMIT)


def wait_seconds(action: Mapping[str, Json]) -> float:
    """Tell how long a ``wait`` is; the provider clamps what is out of range."""
    seconds = _number(action.get("timeout"))
    return min(max(_WAIT_DEFAULT if seconds is None else seconds, _WAIT_LEAST), _WAIT_MOST)


def listens_for(action: Mapping[str, Json]) -> tuple[str, ...]:
    """Tell what an ``input`` listens for: ``dtmf``, ``speech`` or both; before 2020 it had no ``type``."""
    wanted = action.get("type", ["dtmf"])
    return tuple(each for each in ("dtmf", "speech") if isinstance(wanted, list) and each in wanted)


def press_keys(action: Mapping[str, Json], keys: str) -> tuple[str, bool, str]:
    """
    Press keys until an ``input`` has enough.

    Args:
        action: the input.
        keys: what the caller has left to press.

    Returns:
        The digits that the application is told, whether it was waited for more, and the keys that are left.
    """
    inner = action.get("dtmf")
    settings = inner if isinstance(inner, dict) else action  # the form of before 2020
    wanted = _number(settings.get("maxDigits"))
    most = int(min(max(_KEYS_DEFAULT if wanted is None else wanted, 1), _KEYS_MOST))
    if _is_true(settings.get("submitOnHash")) and "#" in keys[: most + 1]:
        digits, _, rest = keys.partition("#")
        return digits, False, rest
    return keys[:most], len(keys) < most, keys[most:]


def describe(action: Mapping[str, Json]) -> str:
    """Tell an action in one line of printable ASCII; ``connect`` and ``input`` tell more as they go on."""
    name = str(action["action"])
    detail = _DETAILS.get(name, "")
    value = action.get(detail)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return name
    shown = clean(value, _SHOWN)
    return f'{name}: "{shown}"' if name == "talk" else f"{name}: {shown}"


#: The key of each action that says the most about it.
_DETAILS = {
    "talk": "text",
    "stream": "streamUrl",
    "conversation": "name",
    "notify": "eventUrl",
    "transfer": "conversationId",
}


def describe_endpoint(endpoint: Mapping[str, Json]) -> str:
    """Tell an endpoint in one line: its type and where it is."""
    where = next((endpoint[key] for key in ("uri", "number", "user", "extension") if key in endpoint), "")
    return f"{clean(str(endpoint['type']), 32)} {clean(str(where), _SHOWN)}".strip()


def _number(value: Json) -> float | None:
    """Read a number, or a string that holds one, as some examples of the provider have it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _is_true(value: Json) -> bool:
    return value is True or value == "true"
