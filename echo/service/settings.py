"""
What the daemon runs with, and how it is found.

A setting has four sources: ``--public-url`` on the command line, ``ECHO_PUBLIC_URL`` in the environment,
``public_url`` (or ``public-url``) in a TOML file, and the default. The first that has it wins, in this order,
and only its value is checked: what is overridden cannot be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from echo.errors import ConfigurationError, NccoError
from echo.limits import BY_NAME, Limits
from echo.ncco.template import NccoTemplate
from echo.service import proofs
from echo.service.endpoints import endpoint_description, server_endpoint
from echo.service.setting import Setting
from echo.service.sources import (
    Given,
    from_command_line,
    from_environment,
    from_file,
    strange_variables,
    text_of,
)
from echo.service.table import APP_NAMES, LIMIT_SETS, SETTING_BY_NAME, SETTINGS
from echo.service.values import Network, is_port_number, shown
from echo.vonage.regions import API_URL
from echo.vonage.tokens import parse_private_key
from echo.webhook.secrets import Secret

#: Where the operator's port is, unless an endpoint says otherwise.
OPERATOR_INTERFACE = "127.0.0.1"

#: The settings that name an NCCO in a file, and what of :class:`echo.web.tree.Parts` that file becomes.
SCRIPTS = {"ncco": "ncco_file", "fallback_ncco": "fallback_file", "busy_ncco": "busy_file"}

__all__ = ["APP_NAMES", "SETTINGS", "SETTING_BY_NAME", "Setting", "Settings", "resolve"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    All settings, checked; the fields are those of the table, except where something is said here.

    Attributes:
        port: a port number as text, or an endpoint string.
        interface: empty for all interfaces; always empty beside an endpoint string.
        operator_port: as ``port``, but a number is one of :data:`OPERATOR_INTERFACE`; ``None`` for no such port.
        public_url: without a slash at its end.
        rate: hertz.
        drain: seconds.
        apps: those that a call may choose.
        echo_delay: seconds.
        meter: whether the sound of calls is measured.
        when_slow_given: whether a person chose ``when_slow``, or it is the default.
        signature_secret: those that were given as text.
        secrets: all signature secrets, those of the file too.
        socket_auth: what proves a socket's call, in the order of the table; ``("none",)`` for nothing at all.
        socket_authorization: what an ``Authorization`` header may hold to prove it; never shown.
        private_key: the path of a file that holds a key, as it was when the settings were read.
        limits: the set named ``limits_name``, with the limits that were given on their own.
        warnings: sentences about what is probably a mistake but no reason to refuse.
        places: for each setting that somebody gave, how messages name it: ``--ncco``, ``ECHO_NCCO``, ….
    """

    port: str
    interface: str
    operator_port: str | None
    ncco: str | None
    fallback_ncco: str | None
    busy_ncco: str | None
    public_url: str | None
    rate: int
    when_slow: str
    when_slow_given: bool
    app: str
    trusted_proxies: tuple[Network, ...]
    signature_secret: tuple[Secret, ...] | None = None
    signature_secret_file: str | None = None
    application_id: str | None = None
    unsigned: str = "retry"
    socket_auth: tuple[str, ...] = ("none",)
    socket_authorization_file: str | None = None
    secrets: tuple[Secret, ...] = ()
    socket_authorization: str | None = field(default=None, repr=False)
    log_level: str
    log_private: str
    drain: int
    limits: Limits
    limits_name: str
    private_key: str | None = None
    api_url: str = API_URL
    apps: tuple[str, ...] = ()
    echo_delay: float = 0.0
    play_file: str | None = None
    play_loop: str = "off"
    meter: bool = False
    tone: str = "milliwatt"
    record: str | None = None
    record_calls: str = "all"
    record_format: str = "wav"
    record_keep_days: int | None = None
    record_max_mb: int | None = None
    record_free_mb: int = 100
    warnings: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    def place(self, name: str) -> str:
        """Tell how a message about the setting ``name`` begins: as it was given, or as it could be."""
        return self.places.get(name, f"--{SETTING_BY_NAME[name].option}")


def resolve(
    command_line: Mapping[str, str | None],
    environ: Mapping[str, str],
    read_file: Callable[[str], bytes],
) -> Settings:
    """
    Find and check the value of every setting.

    Args:
        command_line: raw texts by the name of the setting; None where the option was not given.
        environ: environment variables, ours among others. An empty one counts as not set.
        read_file: reads the files that ``config``, ``ncco`` and the like name, or raises :class:`OSError`.

    Raises:
        ConfigurationError: with a sentence for each setting that is wrong.
    """
    problems: list[str] = []
    outside = {**from_environment(environ), **from_command_line(command_line)}
    given = {**from_file(outside.get("config"), read_file, problems), **outside}
    found = {setting.name: _value(setting, given.get(setting.name), problems) for setting in SETTINGS}
    problems += _contradictions(found, given)
    problems += _endpoint_problems(found, given)
    for name in SCRIPTS:
        problems += _script_problems(given.get(name), found[name], read_file)
    proven = proofs.resolve(found, given, read_file, problems)
    problems += _key_problems(given, found, read_file)
    if problems:
        raise ConfigurationError(problems)
    return _settings(
        {**found, **proven}, given, [*strange_variables(environ), *proofs.doubts(found, proven, given)]
    )


def _value(setting: Setting, given: Given | None, problems: list[str]) -> Any:
    """Parse what was given, or the default; None for what is not set, or wrong and told in ``problems``."""
    if given is None:
        return None if setting.default is None else setting.parse(setting.default)
    subject = ""
    try:
        text = text_of(given.raw, several=setting.several)
        subject = "" if setting.is_secret else f"{shown(text)} "
        return setting.parse(text)
    except ValueError as error:
        problems.append(f"{given.place}: {subject}{error}; allowed: {setting.allowed}")
        return None


def _contradictions(found: Mapping[str, Any], given: Mapping[str, Given]) -> list[str]:
    """Tell values that are right alone and wrong together."""
    port, interface = found["port"], found["interface"]
    if port is None or is_port_number(port) or not interface:
        return []
    problem = (
        f"{given['interface'].place}: {shown(interface)} cannot be combined with an endpoint; "
        f"name it within {given['port'].place} {shown(port)} instead, as in tcp:8000:interface=127.0.0.1"
    )
    return [problem]


def _endpoint_problems(found: Mapping[str, Any], given: Mapping[str, Given]) -> list[str]:
    """Tell what is wrong with the endpoints, as far as making them shows it; nothing listens."""
    problems: list[str] = []
    for name, interface in (("port", found["interface"]), ("operator_port", OPERATOR_INTERFACE)):
        port = found[name]
        if port is None or interface is None or name not in given:
            continue
        try:
            server_endpoint(
                None, endpoint_description(port, interface, ipv6_available=False), given[name].place
            )
        except ConfigurationError as error:
            problems += error.problems
    return problems


def _script_problems(given: Given | None, path: str | None, read_file: Callable[[str], bytes]) -> list[str]:
    """Tell what is wrong with the operator's NCCO, along with everything else that is wrong."""
    if given is None or path is None:
        return []
    try:
        NccoTemplate.parse(read_file(path), path)
    except NccoError as error:
        return [f"{given.place}: {error}"]
    except OSError as error:
        return [f"{given.place}: {shown(path)} cannot be read: {error.strerror}"]
    return []


def _key_problems(
    given: Mapping[str, Given], found: Mapping[str, Any], read_file: Callable[[str], bytes]
) -> list[str]:
    """Tell what is wrong with the private key of the application."""
    path = found["private_key"]
    if path is None:
        return []
    place = given["private_key"].place
    if "application_id" not in given:
        return [f"{place}: a private key is of an application: --application-id is missing"]
    try:
        parse_private_key(read_file(path))
    except OSError as error:
        return [f"{place}: {shown(path)} cannot be read: {error.strerror}"]
    except ValueError as error:
        return [f"{place}: {shown(path)} {error}"]
    return []


def _settings(found: Mapping[str, Any], given: Mapping[str, Given], warnings: list[str]) -> Settings:
    own = {name: found[name] for name in BY_NAME if found[name] is not None}
    limits = replace(LIMIT_SETS[found["limits"]], **own)
    ordinary = {name: value for name, value in found.items() if name not in {*BY_NAME, "limits", "config"}}
    return Settings(
        **ordinary,
        when_slow_given="when_slow" in given,
        limits=limits,
        limits_name=found["limits"],
        warnings=(*warnings, *_doubtful(limits)),
        places={name: what.place for name, what in given.items()},
    )


def _doubtful(limits: Limits) -> list[str]:
    """Warn of limits that are fine alone and not together."""
    if limits.ping_interval < limits.idle_timeout:
        return []
    warning = (
        f"ping_interval ({limits.ping_interval} s) is not below idle_timeout ({limits.idle_timeout} s): "
        "a call that sends no audio is ended before it is asked for a sign of life"
    )
    return [warning]
