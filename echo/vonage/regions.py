"""
Where the REST API is asked: at its usual address, or in the region that a call lives in.

An answer webhook tells the region of its call (``region_url``), and only that one knows the call. But a query string
is signed by nobody, and our token goes wherever the request goes: so it is held to addresses of the provider's.
"""

from __future__ import annotations

import re
from typing import Final

#: Vonage, "Voice API": the server of calls that name no region.
API_URL: Final = "https://api.nexmo.com"

#: A host under the provider's domains, by https on its own port, and nothing else: whatever a reader of URLs might
#: stumble over (users, ports, back slashes, percent signs, letters of other scripts) does not match.
_OF_THE_PROVIDER = re.compile(
    r"https://(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:vonage|nexmo)\.com)(?::443)?/?",
    re.IGNORECASE,
)

#: What ``--api-url`` may be: as above anywhere, or http to this machine, where a simulated provider is.
_BASE = re.compile(
    r"""(?:https://(?:[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?|\[[0-9a-f:]{2,45}\])
        |http://(?:localhost|127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|\[::1\]))
        (?P<port>:[0-9]{1,5})?/?""",
    re.IGNORECASE | re.VERBOSE,
)


def parse_api_url(text: str) -> str:
    """
    Read where the API is, ``https://host`` with or without a port; without TLS on this machine alone.

    Returns:
        The URL in lower case, without a slash at its end.

    Raises:
        ValueError: with the rest of a sentence that begins with the text.
    """
    found = _BASE.fullmatch(text)
    if found is None or (found["port"] and not 1 <= int(found["port"][1:]) <= 65535):
        raise ValueError("is no address of an API: https:// and a host, or http:// and this machine")
    return text.lower().rstrip("/")


def base_url(region_url: str | None, api_url: str = API_URL) -> str:
    """
    Choose the base of the URLs that are asked about a call.

    Args:
        region_url: what somebody has said of the call; not to be trusted.
        api_url: as :func:`parse_api_url` returns it. One that is not the provider's, as that of a simulated
            provider, is asked for every call.

    Returns:
        The region's address where it is the provider's, else ``api_url``.
    """
    found = _OF_THE_PROVIDER.fullmatch(region_url or "")
    if found is None or _OF_THE_PROVIDER.fullmatch(api_url) is None:
        return api_url
    return f"https://{found['host'].lower()}"
