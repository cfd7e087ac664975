"""What the daemon says when it starts: where everything is, and how open it is."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from autobahn.websocket import USES_NVX
from twisted.internet.address import UNIXAddress

from echo import __version__
from echo.call.terms import CallTerms
from echo.log import Log
from echo.service.settings import Settings
from echo.untrusted import clean
from echo.web.addresses import Addresses


def announce(settings: Settings, terms: CallTerms, host: Any, *, secure: bool) -> None:
    """
    Say where we listen, under which addresses, and what is unusual.

    Args:
        settings: what we run with.
        terms: what calls are served by.
        host: the address of the listening port, as Twisted gives it.
        secure: whether that port speaks TLS.
    """
    log = terms.log
    log.info(f"echo {__version__} listens on {_listening_place(host)}")
    _tell_addresses(settings.public_url, _local_base(host, "https" if secure else "http"), log)
    for line in _proofs(settings):
        log.info(line)
    log.info(
        f"app {settings.app}, {settings.rate} Hz, when slow: {terms.policy.value}; {_openness(settings)}"
    )
    if settings.private_key is not None:
        log.info(f"REST API    {settings.api_url}, as application {settings.application_id}")
    if settings.record is not None:
        which = "all calls are" if settings.record_calls == "all" else "calls of apps that ask for it are"
        log.info(f"recording   {which} recorded into {clean(settings.record, 200)}: callers have to be told")
    for warning in settings.warnings:
        log.warn(warning)
    if settings.limits_name == "lab":
        log.warn(
            "LIMITS ARE LIFTED (--limits lab): for loopback only, never for a port that others can reach"
        )
    if not USES_NVX:
        log.warn("Autobahn runs without its native code: a call costs about three times as much")


def announce_operator(host: Any, log: Log, *, secure: bool) -> None:
    """
    Say where the operator's port is, and who can see by it who calls.

    Args:
        host: the address of the listening port, as Twisted gives it.
        log: what is written.
        secure: whether that port speaks TLS.
    """
    base = _local_base(host, "https" if secure else "http")
    if base is None:
        log.info(f"operator    {_listening_place(host)}: whoever may open it sees the calls")
    elif ip_address(host.host).is_loopback:
        log.info(f"operator    {base}/calls, /metrics and /ready: for this machine alone")
    else:
        log.info(f"operator    {base}/calls, /metrics and /ready")
        log.warn(
            f"the operator's port listens on {_listening_place(host)}; whoever asks there sees who calls"
        )


def _openness(settings: Settings) -> str:
    """Say who gets a call from us."""
    if "none" in settings.socket_auth:
        return "any WebSocket is accepted"
    return f"a WebSocket has to prove its call by {' or '.join(settings.socket_auth)}"


def _proofs(settings: Settings) -> Iterator[str]:
    """Say what webhooks have to prove, where they have to, or else what they do not, where sockets do."""
    many = len(settings.secrets)
    if many:
        secrets = "the signature secret" if many == 1 else f"one of {many} signature secrets"
        whose = f" of application {clean(settings.application_id)}" if settings.application_id else ""
        yield f"webhooks{whose} have to be signed by {secrets}; unsigned ones: {settings.unsigned}"
    elif "none" not in settings.socket_auth:
        yield "any webhook is believed: there is no signature secret"


def _tell_addresses(public_url: str | None, local_base: str | None, log: Log) -> None:
    base = public_url or local_base
    if base is None:
        return
    where = Addresses(base)
    log.info(f"answer URL  {where.answer_url}")
    log.info(f"event URL   {where.events_url}")
    log.info(f"socket URL  {where.socket_url}")
    log.info(f"health      {where.base}/health")
    if public_url is None:
        log.info("behind a tunnel or a proxy these follow its address; --public-url fixes them")


def _listening_place(host: Any) -> str:
    if isinstance(host, UNIXAddress):
        return f"the Unix socket {clean(host.name or b'', 200)}"
    if _is_everywhere(host.host):
        return f"all interfaces, port {host.port}: everybody who can reach this machine can reach it"
    return f"{host.host}, port {host.port}"


def _is_everywhere(address: str) -> bool:
    return ip_address(address).is_unspecified


def _local_base(host: Any, scheme: str) -> str | None:
    """Guess the address for somebody on this machine; a Unix socket has none."""
    if isinstance(host, UNIXAddress):
        return None
    everywhere_or_here = _is_everywhere(host.host) or ip_address(host.host).is_loopback
    name = "localhost" if everywhere_or_here else host.host
    return f"{scheme}://[{name}]:{host.port}" if ":" in name else f"{scheme}://{name}:{host.port}"
