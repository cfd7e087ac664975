"""How settings are found, which source wins, and how what is wrong is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from echo.errors import ConfigurationError
from echo.limits import LAB, STANDARD
from echo.service.settings import Settings, resolve

FILE = "/etc/echo.toml"


#: Files that settings name.
FILES = {
    "etc/ncco.json": b'[{"action": "talk"}]',
    "secret": b"of the file\n",
    "authorization": b"Bearer abc123\n",
}


def find(
    line: Mapping[str, str | None] | None = None,
    environ: Mapping[str, str] | None = None,
    toml: str | None = None,
) -> Settings:
    """Resolve what these sources say; ``toml`` is named by the environment, so that it is in no one's way."""
    named = {} if toml is None else {"ECHO_CONFIG": FILE}
    files = {FILE: (toml or "").encode()}
    files = {**FILES, **files}
    return resolve(line or {}, {**named, **(environ or {})}, files.__getitem__)


def problems(resolved: Callable[[], Settings]) -> tuple[str, ...]:
    """The sentences that somebody is told instead of settings."""
    with pytest.raises(ConfigurationError) as caught:
        resolved()
    return caught.value.problems


def test_without_any_source_there_are_the_defaults() -> None:
    """A daemon that was told nothing listens on port 8000 of all interfaces and echoes at 16 kHz."""
    assert find() == Settings(
        port="8000",
        interface="",
        operator_port=None,
        ncco=None,
        fallback_ncco=None,
        busy_ncco=None,
        public_url=None,
        rate=16000,
        when_slow="drop",
        when_slow_given=False,
        app="echo",
        trusted_proxies=(),
        log_level="info",
        log_private="shown",
        drain=30,
        limits=STANDARD,
        limits_name="standard",
    )


def test_true_is_no_rate() -> None:
    """A TOML boolean is told as the word that it is."""
    sentence = "'true' is not a rate of the Voice API; allowed: 8000, 16000, 24000"
    assert problems(lambda: find(toml="rate = true")) == (f"rate in {FILE}: {sentence}",)


LINE, ENVIRON, TOML = {"rate": "8000"}, {"ECHO_RATE": "16000"}, "rate = 24000"


@pytest.mark.parametrize(
    ("line", "environ", "toml", "rate"),
    [
        (LINE, ENVIRON, TOML, 8000),
        (LINE, ENVIRON, None, 8000),
        (LINE, {}, TOML, 8000),
        ({}, ENVIRON, TOML, 16000),
        ({"rate": None}, {"ECHO_RATE": ""}, TOML, 24000),
        ({}, {}, None, 16000),
    ],
)
def test_the_command_line_wins_then_the_environment_then_the_file(
    line: dict[str, str | None], environ: dict[str, str], toml: str | None, rate: int
) -> None:
    """The first source that has a setting decides it, whatever the others say."""
    assert find(line, environ, toml).rate == rate


def test_an_empty_text_on_the_command_line_counts() -> None:
    """With ``--interface ''`` a person goes back to all interfaces, whatever the environment says."""
    assert find({"interface": ""}, {"ECHO_INTERFACE": "127.0.0.1"}).interface == ""


def test_what_is_overridden_cannot_be_wrong() -> None:
    """A wrong value that another source replaces keeps nobody from starting."""
    assert find({"rate": "8000"}, {"ECHO_RATE": "fast"}, "rate = 1.5").rate == 8000


def test_the_file_named_on_the_command_line_wins_too() -> None:
    """``--config`` replaces ``ECHO_CONFIG``; the two files are not mixed."""
    files = {"/a": b"rate = 8000", "/b": b"port = 1"}
    settings = resolve({"config": "/a"}, {"ECHO_CONFIG": "/b"}, files.__getitem__)
    assert (settings.rate, settings.port) == (8000, "8000")


def test_all_wrong_settings_are_told_at_once() -> None:
    """A person mends everything in one go, wherever it was given."""
    told = problems(
        lambda: find(
            {"rate": "44100", "app": "oracle"},
            {"ECHO_PORT": "99999", "ECHO_MAX_CALLS": "-1"},
            'log_level = "loud"\nprot = 1\nqueue-ms = 0.2\n',
        )
    )
    places = {sentence.partition(":")[0] for sentence in told}
    assert len(told) == 7
    assert places == {
        "--rate",
        "--app",
        "ECHO_PORT",
        "ECHO_MAX_CALLS",
        f"log_level in {FILE}",
        f"prot in {FILE}",
        f"queue-ms in {FILE}",
    }


def test_a_file_that_cannot_be_read_hides_no_other_problem() -> None:
    """What is wrong outside the file is told along with the file."""

    def read_file(path: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", path)

    told = problems(lambda: resolve({"config": "/nope", "rate": "1"}, {}, read_file))
    assert told[0] == "--config: '/nope' cannot be read: No such file or directory"
    assert told[1].startswith("--rate: '1' is not a rate")


def test_a_wrong_value_is_escaped_and_cut() -> None:
    """No value can move the cursor, forge a line or fill the screen."""
    (sentence,) = problems(lambda: find({"app": "\x1b[2J\n" + "x" * 5000}))
    assert sentence.isprintable()
    assert len(sentence) < 300


@pytest.mark.parametrize("port", ["tcp:9000", "unix:/run/echo.sock", "haproxy:tcp:8000"])
def test_an_interface_beside_an_endpoint_is_a_problem(port: str) -> None:
    """An endpoint string has its own place for the interface; it would be ignored beside it."""
    told = problems(lambda: find({"port": port}, {"ECHO_INTERFACE": "127.0.0.1"}))
    sentence = (
        "ECHO_INTERFACE: '127.0.0.1' cannot be combined with an endpoint; name it within --port "
        f"'{port}' instead, as in tcp:8000:interface=127.0.0.1"
    )
    assert told == (sentence,)


def test_an_empty_interface_beside_an_endpoint_is_fine() -> None:
    """What says nothing contradicts nothing."""
    assert find({"port": "tcp:9000", "interface": ""}).port == "tcp:9000"


def test_an_interface_beside_a_wrong_port_is_one_problem() -> None:
    """Nothing follows from a port that is none."""
    assert len(problems(lambda: find({"port": "?", "interface": "127.0.0.1"}))) == 1


def test_a_set_of_limits_is_chosen_and_changed() -> None:
    """``--limits`` gives the base, from whatever source, and a limit given on its own replaces its part."""
    settings = find({"limits": "lab"}, {"ECHO_MAX_CALLS": "5"}, "max_body = 10")
    assert settings.limits == replace(LAB, max_calls=5, max_body=10)
    assert settings.limits_name == "lab"
    assert find({"max_calls": "5"}).limits == replace(STANDARD, max_calls=5)


def test_whether_a_person_chose_the_policy_is_known() -> None:
    """``drop`` by choice differs from ``drop`` by default, whatever the source."""
    assert find({"when_slow": "drop"}).when_slow_given
    assert find(environ={"ECHO_WHEN_SLOW": "drop"}).when_slow_given
    assert find(toml='when-slow = "drop"').when_slow_given
    assert not find().when_slow_given


def test_a_setting_that_nobody_gave_is_named_by_its_option() -> None:
    """A problem with a default is told by the option that would change it."""
    assert find().place("public_url") == "--public-url"


def test_strange_variables_are_warnings() -> None:
    """A variable of ours that is misspelt does not keep the daemon from starting."""
    settings = find(environ={"ECHO_PROT": "9000", "ECHO_RATE": "8000"})
    assert settings.rate == 8000
    assert settings.warnings == (
        "ECHO_PROT is not a setting of echo and changes nothing; did you mean ECHO_PORT?",
    )


@pytest.mark.parametrize(
    ("ping", "idle", "warnings"), [("20", "60", 0), ("59", "60", 0), ("60", "60", 1), ("61", "60", 1)]
)
def test_pings_that_come_too_late_are_a_warning(ping: str, idle: str, warnings: int) -> None:
    """With pings no more often than the idle timeout, each silent call would be ended."""
    settings = find({"ping_interval": ping, "idle_timeout": idle})
    assert len(settings.warnings) == warnings
    assert all(sentence.startswith("ping_interval (") for sentence in settings.warnings)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (b"{}", "--ncco: my.json: $: "),
        (b'[{"text": "hello"}]', "--ncco: my.json: $[0]"),
        (b"no json", "--ncco: my.json: $: "),
        (None, "--ncco: 'my.json' cannot be read: No such file or directory"),
    ],
)
def test_a_wrong_call_script_is_told_along_with_the_rest(script: bytes | None, problem: str) -> None:
    """File, line and place of the mistake, in the same breath as other wrong settings."""

    def read(_path: str) -> bytes:
        if script is None:
            raise FileNotFoundError(2, "No such file or directory")
        return script

    with pytest.raises(ConfigurationError) as caught:
        resolve({"ncco": "my.json", "rate": "1"}, {}, read)

    rate, ncco = caught.value.problems
    assert rate.startswith("--rate: ")
    assert ncco.startswith(problem)
