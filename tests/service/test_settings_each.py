"""Each setting on its own, right and wrong, from each source."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from echo.limits import BY_NAME
from echo.service.settings import SETTING_BY_NAME, SETTINGS, Setting, Settings
from echo.webhook.secrets import Secret
from tests.service.test_settings import FILE, find, problems

# name, text, value; for each setting a value that is not its default
GOOD: list[tuple[str, str, Any]] = [
    ("port", "9000", "9000"),
    ("interface", "::1", "::1"),
    ("operator_port", "9000", "9000"),
    ("ncco", "etc/ncco.json", "etc/ncco.json"),
    ("fallback_ncco", "etc/ncco.json", "etc/ncco.json"),
    ("busy_ncco", "etc/ncco.json", "etc/ncco.json"),
    ("public_url", "https://echo.example.com/", "https://echo.example.com"),
    ("rate", "24000", 24000),
    ("when_slow", "close", "close"),
    ("app", "reflect", "reflect"),
    ("app", "./mine.py", "./mine.py"),
    ("echo_delay", "1.5s", 1.5),
    ("echo_delay", "500ms", 0.5),
    ("echo_delay", "2", 2.0),
    ("play_file", "hello.wav", "hello.wav"),
    ("play_loop", "on", "on"),
    ("meter", "on", True),
    ("meter", "true", True),
    ("record", "/var/lib/echo", "/var/lib/echo"),
    ("record_calls", "asked", "asked"),
    ("record_format", "flac", "flac"),
    ("record_keep_days", "30", 30),
    ("record_max_mb", "20000", 20_000),
    ("record_free_mb", "0", 0),
    ("tone", "sweep", "sweep"),
    ("tone", "440", "440"),
    ("apps", "echo, reflect,./mine.py", ("echo", "reflect", "./mine.py")),
    ("trusted_proxies", "10.0.0.0/8,::2", (ip_network("10.0.0.0/8"), ip_network("::2/128"))),
    ("signature_secret", "abcd1234:a,b", (Secret("a", "abcd1234"), Secret("b"))),
    ("signature_secret_file", "secret", "secret"),
    ("application_id", "aaaaaaaa-bbbb", "aaaaaaaa-bbbb"),
    ("unsigned", "reject", "reject"),
    ("socket_auth", "custom, token", ("token", "custom")),
    ("socket_authorization_file", "authorization", "authorization"),
    ("api_url", "https://api-eu.vonage.com/", "https://api-eu.vonage.com"),
    ("log_level", "debug", "debug"),
    ("log_private", "masked", "masked"),
    ("drain", "0", 0),
    *((name, "7", 7) for name in BY_NAME if name != "idle_timeout"),
    ("idle_timeout", "70", 70),
]

# name, text, and how its sentence goes on after the place
PORT_ALLOWED = (
    "a number from 0 to 65535, or a server endpoint such as tcp:8000, tls:/etc/echo/tls:8443 or "
    "unix:/run/echo/echo.sock"
)
OPERATOR_ALLOWED = "a number from 0 to 65535, or a server endpoint such as tcp:9000:interface=127.0.0.1"
INTERFACE_ALLOWED = "an IPv4 or IPv6 address of this machine, or a host name such as localhost"
URL_ALLOWED = "an http or https URL without user, query and fragment, such as https://echo.example.com"
PROXIES_ALLOWED = "addresses and CIDR networks with commas between them, such as 10.0.0.5,192.168.0.0/16"
SECRET_ALLOWED = (
    "1 to 16 signature secrets of the account with commas between them, each perhaps behind the api_key that it is of "
    "and a colon"
)
SECRETS_ALLOWED = "the path of a file with signature secrets, one in each line"
APPLICATION_ALLOWED = "the id of an application, such as aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
PROOFS_ALLOWED = "some of token, vonage and custom with commas between them, or none"
AUTHORIZATION_ALLOWED = "the path of a file with an Authorization header of 8 to 8191 characters"
NO_NETWORK = "has 'proxy', which is no address or network"

NO_API = "is no address of an API: https:// and a host, or http:// and this machine"
API_ALLOWED = "https:// and a host, or http:// and this machine, such as http://127.0.0.1:9100"

# name, text, what is wrong with it, what would be allowed
WRONG: list[tuple[str, str, str, str]] = [
    ("port", "http", "'http' is neither a port number nor a server endpoint", PORT_ALLOWED),
    ("interface", "two words", "'two words' is neither an address nor a host name", INTERFACE_ALLOWED),
    ("operator_port", "yes", "'yes' is neither a port number nor a server endpoint", OPERATOR_ALLOWED),
    ("ncco", "\0", r"'\x00' is not the path of a file", "the path of a JSON file"),
    ("fallback_ncco", "\0", r"'\x00' is not the path of a file", "the path of a JSON file"),
    ("busy_ncco", "\0", r"'\x00' is not the path of a file", "the path of a JSON file"),
    ("public_url", "example.com", "'example.com' does not begin with http:// or https://", URL_ALLOWED),
    ("rate", "44100", "'44100' is not a rate of the Voice API", "8000, 16000, 24000"),
    ("when_slow", "wait", "'wait' is not a way to treat a slow call", "drop, pause, close"),
    ("app", "oracle", "'oracle' is not an app", SETTING_BY_NAME["app"].allowed),
    ("echo_delay", "soon", "'soon' is not a time", "a time up to 30s, such as 1.5s or 500ms"),
    ("echo_delay", "31", "'31' is out of range", "a time up to 30s, such as 1.5s or 500ms"),
    ("play_file", "\0", r"'\x00' is not the path of a file", SETTING_BY_NAME["play_file"].allowed),
    ("play_loop", "maybe", "'maybe' is not on or off", "on, off"),
    ("meter", "maybe", "'maybe' is not on or off", "on, off"),
    ("record", "\0", r"'\x00' is not the path of a file", "the path of a folder"),
    ("record_calls", "some", "'some' is not a choice of calls", "all, asked"),
    ("record_format", "mp3", "'mp3' is not a format of recordings", "wav, flac"),
    ("record_keep_days", "0", "'0' is out of range", SETTING_BY_NAME["record_keep_days"].allowed),
    ("record_max_mb", "0", "'0' is out of range", SETTING_BY_NAME["record_max_mb"].allowed),
    ("record_free_mb", "-1", "'-1' is out of range", SETTING_BY_NAME["record_free_mb"].allowed),
    ("tone", "loud", "'loud' is not a test tone", SETTING_BY_NAME["tone"].allowed),
    ("tone", "4000", "'4000' is out of range", SETTING_BY_NAME["tone"].allowed),
    ("app", "ech", "'ech' is not an app (did you mean echo?)", SETTING_BY_NAME["app"].allowed),
    (
        "apps",
        "echo,oracle",
        "'echo,oracle' has 'oracle', which is not an app",
        SETTING_BY_NAME["apps"].allowed,
    ),
    ("trusted_proxies", "::1,proxy", f"'::1,proxy' {NO_NETWORK}", PROXIES_ALLOWED),
    ("signature_secret", "abcd1234:", "holds an empty secret", SECRET_ALLOWED),
    ("signature_secret_file", "\0", r"'\x00' is not the path of a file", SECRETS_ALLOWED),
    ("application_id", "a b", "'a b' is not the id of an application", APPLICATION_ALLOWED),
    ("unsigned", "deny", "'deny' is not a way to treat what is not signed", "reject, retry, allow"),
    ("socket_auth", "token,ip", "'token,ip' has 'ip', which proves nothing", PROOFS_ALLOWED),
    ("socket_authorization_file", "\0", r"'\x00' is not the path of a file", AUTHORIZATION_ALLOWED),
    ("log_private", "hidden", "'hidden' is not a way to log what is private", "shown, masked"),
    (
        "private_key",
        "\0",
        r"'\x00' is not the path of a file",
        "the path of a file with an RSA private key in PEM",
    ),
    ("api_url", "http://api.nexmo.com", f"'http://api.nexmo.com' {NO_API}", API_ALLOWED),
    ("log_level", "loud", "'loud' is not a log level", "debug, info, warn, error"),
    ("drain", "1h", "'1h' is not a whole number", "a whole number of seconds from 0 to 86400"),
    ("limits", "none", "'none' is not a set of limits", "standard, lab"),
    ("config", "\0", r"'\x00' is not the path of a file", "the path of a TOML file"),
    *((name, "0", "'0' is out of range", SETTING_BY_NAME[name].allowed) for name in BY_NAME),
]

# name, text, and the sentence behind the place
BAD = [(name, text, f"{wrong}; allowed: {allowed}") for name, text, wrong, allowed in WRONG]


def value_of(settings: Settings, name: str) -> object:
    """The value of a setting, limits among them."""
    value: object = getattr(settings.limits if name in BY_NAME else settings, name)
    return value


def test_the_tables_of_this_file_leave_no_setting_out() -> None:
    """Whoever adds a setting adds a right and a wrong value here."""
    names = {setting.name for setting in SETTINGS}
    # private_key needs a file and an application: tests/service/test_outbound.py
    assert {name for name, _, _ in GOOD} | {"limits", "config", "private_key"} == names
    assert {name for name, _, _ in BAD} == names


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_each_setting_comes_from_each_source(name: str, text: str, value: object) -> None:
    """Every setting can come from the command line, the environment and a file, and messages know which."""
    setting = SETTING_BY_NAME[name]
    by_line = find({name: text})
    by_environment = find(environ={setting.variable: text})
    by_file = find(toml=f'{name} = "{text}"')
    by_dashed_file = find(toml=f'{setting.option} = "{text}"')
    assert value_of(find(), name) != value
    assert [value_of(each, name) for each in (by_line, by_environment, by_file, by_dashed_file)] == [
        value
    ] * 4
    assert by_line.place(name) == f"--{setting.option}"
    assert by_environment.place(name) == setting.variable
    assert by_file.place(name) == f"{name} in {FILE}"
    assert by_dashed_file.place(name) == f"{setting.option} in {FILE}"


@pytest.mark.parametrize(("name", "text", "sentence"), BAD)
def test_each_wrong_setting_is_one_sentence_on_the_command_line(name: str, text: str, sentence: str) -> None:
    """The sentence names the option, the value and what is allowed."""
    option = SETTING_BY_NAME[name].option
    assert problems(lambda: find({name: text})) == (f"--{option}: {sentence}",)


@pytest.mark.parametrize(("name", "text", "sentence"), BAD)
def test_each_wrong_setting_is_one_sentence_in_the_environment(name: str, text: str, sentence: str) -> None:
    """The sentence names the variable, the value and what is allowed."""
    variable = SETTING_BY_NAME[name].variable
    assert problems(lambda: find(environ={variable: text})) == (f"{variable}: {sentence}",)


@pytest.mark.parametrize(("name", "text", "sentence"), [row for row in BAD if row[0] != "config"])
def test_each_wrong_setting_is_one_sentence_in_a_file(name: str, text: str, sentence: str) -> None:
    """The sentence names the key and its file, the value and what is allowed."""
    quoted = text.replace("\0", r"\u0000")
    assert problems(lambda: find(toml=f'{name} = "{quoted}"')) == (f"{name} in {FILE}: {sentence}",)


@pytest.mark.parametrize(
    "setting", [each for each in SETTINGS if each.name != "config"], ids=lambda each: each.name
)
@pytest.mark.parametrize("raw", ["1.5", "2026-11-22", "{ a = 1 }", "[[1]]"])
def test_a_wrong_type_in_a_file_is_one_sentence(setting: Setting, raw: str) -> None:
    """A TOML value of a type that no setting has is refused with what is allowed, never with a traceback."""
    told = problems(lambda: find(toml=f"{setting.name} = {raw}"))
    assert len(told) == 1
    assert told[0].startswith(f"{setting.name} in {FILE}: a")
    assert told[0].endswith(f" cannot be used here; allowed: {setting.allowed}")


@pytest.mark.parametrize(
    ("toml", "name", "value"),
    [
        ("port = 9000", "port", "9000"),
        ("rate = 8000", "rate", 8000),
        ("max_message = 16_384", "max_message", 16384),
        (
            'trusted_proxies = ["10.0.0.1", "::1"]',
            "trusted_proxies",
            (ip_network("10.0.0.1"), ip_network("::1")),
        ),
        ("trusted_proxies = []", "trusted_proxies", ()),
        ('interface = ""', "interface", ""),
    ],
)
def test_types_of_toml_that_settings_have(toml: str, name: str, value: object) -> None:
    """Numbers need no quotes, and a list may be an array."""
    assert value_of(find(toml=toml), name) == value
