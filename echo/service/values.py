"""
How the text of a single setting becomes its value.

A parser takes the text as a person wrote it and returns the value, or raises :class:`ValueError` with the
rest of a sentence that begins with that text: ``'44100'``, ``is not a rate of the Voice API``. What would be
allowed is said by the table in :mod:`echo.service.table`, beside the parser.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from typing import TypeAlias

from echo.untrusted import clean
from echo.vonage.tokens import is_application_id

Network: TypeAlias = IPv4Network | IPv6Network

#: Enough of a wrong value to recognise it; the line must still fit a terminal.
SHOWN_LENGTH = 80

#: Paths of the operator's own are told whole: the end of one is what tells it from others.
SHOWN_PATH = 1024

#: RFC 3986, narrowed to what serves as a base: no user, no query, no fragment, host in ASCII.
_BASE_URL = re.compile(
    r"""(?P<scheme>https?)://
        (?P<host>[a-z0-9._-]+|\[(?P<ipv6>[0-9a-f:.]+)\])
        (?::(?P<port>[0-9]{1,5}))?
        (?P<path>(?:/(?:[a-z0-9._~!$&'()*+,;=:@-]|%[0-9a-f]{2})*)*)""",
    re.VERBOSE | re.IGNORECASE,
)

#: RFC 1123 names, and underscores, which container networks use.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE)


def shown(text: str) -> str:
    """Give ``text`` as a person may see it: in quotes, escaped, and cut when it is long."""
    return f"'{clean(text, SHOWN_LENGTH)}'"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the one of ``known`` that ``word`` was probably meant to be, if there is one."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1)
    return found[0] if found else None


def is_port_number(text: str) -> bool:
    """Tell a port number, whose range may still be wrong, from an endpoint string."""
    # str.isdigit() would let through digits of other scripts, and int() also signs, spaces and underscores.
    return re.fullmatch(r"[0-9]+", text) is not None


def whole_number(smallest: int, largest: int) -> Callable[[str], int]:
    """Make a parser of whole numbers from ``smallest`` to ``largest``, in plain decimal digits."""

    def parse(text: str) -> int:
        if re.fullmatch(r"-?[0-9]+", text) is None:
            raise ValueError("is not a whole number")
        # Fewer digits than Python refuses to convert, and more than any limit has.
        number = int(text) if len(text) <= 20 else largest + 1
        if not smallest <= number <= largest:
            raise ValueError("is out of range")
        return number

    return parse


def duration(longest: float) -> Callable[[str], float]:
    """Make a parser of times up to ``longest`` seconds: ``1.5s``, ``500ms``, or a bare number of seconds."""

    def parse(text: str) -> float:
        found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s)?", text)
        if found is None:
            raise ValueError("is not a time")
        seconds = float(found[1]) / (1000 if found[2] == "ms" else 1)
        if seconds > longest:
            raise ValueError("is out of range")
        return seconds

    return parse


def tone(text: str) -> str:
    """Parse a test tone: one that has a name, or a frequency in whole hertz, as far as every rate can carry it."""
    if text in {"milliwatt", "sweep"}:
        return text
    if re.fullmatch(r"[0-9]{1,5}", text) is None:
        raise ValueError("is not a test tone")
    if not 1 <= int(text) < 4000:
        raise ValueError("is out of range")
    return text


def choice(names: Sequence[str], what: str) -> Callable[[str], str]:
    """Make a parser that takes one of ``names``; ``what`` says what they are, with an article."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"is not {what}")
        return text

    return parse


def on_or_off(text: str) -> bool:
    """Parse what is done, or left; ``true`` and ``false`` are how TOML says it."""
    if text not in {"on", "off", "true", "false"}:
        raise ValueError("is not on or off")
    return text in {"on", "true"}


def rate(text: str) -> int:
    """Parse a sample rate in hertz; the rates are those of the Voice API (Vonage, WebSockets guide)."""
    if text not in {"8000", "16000", "24000"}:
        raise ValueError("is not a rate of the Voice API")
    return int(text)


def port(text: str) -> str:
    """Parse where to listen: a port number, or whatever has the shape of an endpoint string."""
    if is_port_number(text):
        return str(_port_number(text))
    # Whether there is such an endpoint is found out by building it: plugins of other packages add kinds.
    if re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE) is None or "\0" in text:
        raise ValueError("is neither a port number nor a server endpoint")
    return text


def _port_number(text: str) -> int:
    number = int(text[:20])
    if number > 65535:
        raise ValueError("is not a port number")
    return number


def interface(text: str) -> str:
    """Parse the address or host name to listen on; the empty text means all interfaces."""
    try:
        return str(ip_address(text))
    except ValueError:
        # No name ends in a label of digits alone (RFC 3696 section 2): 127.0.0.256 is a wrong address.
        if text and (_HOST_NAME.fullmatch(text) is None or re.search(r"(^|\.)[0-9]+\.?$", text)):
            raise ValueError("is neither an address nor a host name") from None
        return text


def file_path(text: str) -> str:
    """Parse the path of a file, which need not be there yet."""
    if not text or "\0" in text:
        raise ValueError("is not the path of a file")
    return text


def public_url(text: str) -> str:
    """
    Parse the URL under which this server is reached from outside.

    Returns:
        The URL with scheme and host in lower case and without a slash at its end, so that paths can be added.
    """
    if not text.lower().startswith(("http://", "https://")):
        raise ValueError("does not begin with http:// or https://")
    if "?" in text or "#" in text:
        raise ValueError("has a query or a fragment")
    parts = _BASE_URL.fullmatch(text)
    if parts is None:
        raise ValueError("is not a URL of a host and perhaps a path")
    if parts["ipv6"]:
        _ipv6(parts["ipv6"])
    if parts["port"] and not 1 <= int(parts["port"]) <= 65535:
        raise ValueError("has a port that is not one")
    place = f":{int(parts['port'])}" if parts["port"] else ""
    return f"{parts['scheme'].lower()}://{parts['host'].lower()}{place}{parts['path'].rstrip('/')}"


def _ipv6(text: str) -> None:
    try:
        IPv6Address(text)
    except ValueError:
        raise ValueError("has an IPv6 address that is not one") from None


def networks(text: str) -> tuple[Network, ...]:
    """Parse addresses and CIDR networks with commas between them; the empty text is an empty list."""
    if not text.strip():
        return ()
    return tuple(_network(part.strip()) for part in text.split(","))


def application_id(text: str) -> str:
    """Parse the id of an application of the provider's, a UUID that is opaque to us."""
    if not is_application_id(text):
        raise ValueError("is not the id of an application")
    return text


def socket_proofs(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Make a parser of some of ``known``, with commas between them; the last of those is nothing, and stands alone."""

    def parse(text: str) -> tuple[str, ...]:
        named = [part.strip() for part in text.split(",")]
        wrong = [name for name in named if name not in known]
        if wrong:
            raise ValueError(f"has {shown(wrong[0])}, which proves nothing")
        if known[-1] in named and set(named) != {known[-1]}:
            raise ValueError(f"has {known[-1]} beside others")
        return tuple(name for name in known if name in named)

    return parse


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        hint = _enclosing_network(text)
        raise ValueError(f"has {shown(text)}, which is no address or network{hint}") from None


def _enclosing_network(text: str) -> str:
    """Explain ``10.1.2.3/8``: an address with the size of its network, where the network itself is needed."""
    try:
        return f" (the network around it is {ip_interface(text).network})"
    except ValueError:
        return ""
