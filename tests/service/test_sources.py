"""What the command line, the environment and a TOML file give, before it is checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from echo.service.sources import (
    Given,
    _with_line,
    from_command_line,
    from_environment,
    from_file,
    strange_variables,
    text_of,
    toml_document,
)

CONFIG = Given("/etc/echo.toml", "--config")


def reading(content: bytes | OSError) -> Callable[[str], bytes]:
    """A ``read_file`` that knows one file."""

    def read_file(path: str) -> bytes:
        assert path == CONFIG.raw
        if isinstance(content, OSError):
            raise content
        return content

    return read_file


def take(content: bytes | OSError, config: Given | None = CONFIG) -> tuple[dict[str, Given], list[str]]:
    """What a file with this content gives, and what is wrong with it."""
    problems: list[str] = []
    return from_file(config, reading(content), problems), problems


def test_options_that_were_given() -> None:
    """An option that was not given is none; an empty text is one."""
    given = from_command_line({"public_url": "http://x", "port": None, "interface": ""})
    assert given == {"public_url": Given("http://x", "--public-url"), "interface": Given("", "--interface")}


def test_variables_that_are_set() -> None:
    """An empty variable counts as not set, and names are compared exactly."""
    environ = {"ECHO_PUBLIC_URL": "http://x", "ECHO_PORT": "", "echo_rate": "8000", "PORT": "1"}
    assert from_environment(environ) == {"public_url": Given("http://x", "ECHO_PUBLIC_URL")}


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("ECHO_PROT", "ECHO_PROT is not a setting of echo and changes nothing; did you mean ECHO_PORT?"),
        (
            "ECHO_Public_Url",
            "ECHO_Public_Url is not a setting of echo and changes nothing; did you mean ECHO_PUBLIC_URL?",
        ),
        ("ECHO_ZEBRA", "ECHO_ZEBRA is not a setting of echo and changes nothing"),
        ("ECHO_", "ECHO_ is not a setting of echo and changes nothing"),
        ("ECHO_\x1b", r"ECHO_\x1b is not a setting of echo and changes nothing"),
    ],
)
def test_a_strange_variable_is_a_warning(name: str, warning: str) -> None:
    """A variable that looks like ours is told without its value, which may be somebody's secret."""
    assert strange_variables({name: "secret", "HOME": "/", "ECHO_PORT": "1"}) == [warning]


def test_no_warning_of_what_is_empty_or_not_ours() -> None:
    """Neither an empty variable nor one of another program is worth a line."""
    assert strange_variables({"ECHO_PROT": "", "ECHOES_PORT": "1", "PATH": "/bin"}) == []


def test_no_file_is_read_unless_named() -> None:
    """Without ``config`` nothing is read."""
    assert take(OSError("must not be read"), config=None) == ({}, [])


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_is_no_path_is_not_read(path: str) -> None:
    """A wrong path is told when the values are checked, not here a second time."""
    assert take(OSError("must not be read"), Given(path, "--config")) == ({}, [])


def test_keys_are_found_with_dashes_and_underscores() -> None:
    """Both spellings of a key name the same setting, and messages repeat the one that was used."""
    given, problems = take(b'port = 9000\npublic-url = "http://x"\nwhen_slow = "close"\n')
    assert problems == []
    assert given == {
        "port": Given(9000, "port in /etc/echo.toml"),
        "public_url": Given("http://x", "public-url in /etc/echo.toml"),
        "when_slow": Given("close", "when_slow in /etc/echo.toml"),
    }


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    """A file written by an editor on Windows is read like any other."""
    given, problems = take(b"\xef\xbb\xbfport = 9000\r\nrate = 8000\r\n")
    assert (set(given), problems) == ({"port", "rate"}, [])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"prot = 1", "prot in /etc/echo.toml: there is no such setting; did you mean port?"),
        (
            b"Public-URL = 1",
            "Public-URL in /etc/echo.toml: there is no such setting; did you mean public_url?",
        ),
        (b"zebra = 1", "zebra in /etc/echo.toml: there is no such setting; --help lists all"),
        (b"[server]\nport = 1", "server in /etc/echo.toml: there is no such setting; --help lists all"),
        (b'"a\\nb" = 1', "a\\nb in /etc/echo.toml: there is no such setting; --help lists all"),
        (b'config = "x"', "config in /etc/echo.toml: a file cannot name another file"),
        (
            b"max-body = 1\nmax_body = 2",
            "max_body in /etc/echo.toml: stands there twice, with a dash and with an underscore",
        ),
        (b"port = ", "--config: '/etc/echo.toml' is not TOML: line 1: Invalid value"),
        (b"rate = 8000\nport = ?", "--config: '/etc/echo.toml' is not TOML: line 2, column 8: Invalid value"),
        (b"rate = 8000\nport = [", "--config: '/etc/echo.toml' is not TOML: line 2: Invalid value"),
        (
            b"port = " + b"[" * 100_000,
            "--config: '/etc/echo.toml' is not TOML: arrays or tables are nested too deep",
        ),
        (b"a = 1\n# \xfc", "--config: '/etc/echo.toml' is not TOML: line 2: not UTF-8"),
        (FileNotFoundError(2, "No such file"), "--config: '/etc/echo.toml' cannot be read: No such file"),
        (
            PermissionError(13, "Permission denied"),
            "--config: '/etc/echo.toml' cannot be read: Permission denied",
        ),
        (OSError("odd"), "--config: '/etc/echo.toml' cannot be read: odd"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(content: bytes | OSError, problem: str) -> None:
    """A file that cannot be read or parsed, and a key that is none, is told with file and line or key."""
    _, problems = take(content)
    assert problems == [problem]


def test_a_wrong_key_leaves_the_others() -> None:
    """All wrong keys of a file are told, and the right ones are still used."""
    given, problems = take(b"prot = 1\nrate = 8000\nzebra = 2\n")
    assert set(given) == {"rate"}
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("raw", "several", "text"),
    [
        ("x", False, "x"),
        ("", False, ""),
        (8000, False, "8000"),
        (-1, False, "-1"),
        (True, False, "true"),
        (False, True, "false"),
        (["10.0.0.1", "::1"], True, "10.0.0.1,::1"),
        ([], True, ""),
        ("10.0.0.1", True, "10.0.0.1"),
    ],
)
def test_toml_values_become_the_text_of_a_command_line(raw: object, several: bool, text: str) -> None:
    """A number may stand in quotes or without, and a list may be a TOML array."""
    assert text_of(raw, several=several) == text


@pytest.mark.parametrize(
    ("raw", "several", "problem"),
    [
        (1.5, False, "a number with a fraction cannot be used here"),
        (["8000"], False, "an array cannot be used here"),
        ([1], True, "an array cannot be used here"),
        ({"a": 1}, False, "a table cannot be used here"),
        (date(2026, 11, 22), False, "a date or time cannot be used here"),
    ],
)
def test_toml_types_that_no_setting_has(raw: object, several: bool, problem: str) -> None:
    """A type that cannot be meant is named in the terms of TOML."""
    with pytest.raises(ValueError, match=f"^{problem}$"):
        text_of(raw, several=several)


def test_a_message_without_a_place_is_shown_as_it_is() -> None:
    """Should a later Python leave the line out, the message is still escaped and shown."""
    assert _with_line("Odd\n", "port = ?") == r"Odd\n"


def test_an_empty_document_is_one() -> None:
    """A file in which all is commented out changes nothing."""
    assert toml_document(b"# port = 8000\n") == {}
