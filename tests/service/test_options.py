"""The command line: what it gives, and that nothing on it makes twistd print its usage."""

from __future__ import annotations

import getopt
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.application.app import ServerOptions
from twisted.python.usage import Options as TwistedOptions

from echo import __version__
from echo.errors import ConfigurationError
from echo.service.help import FLAGS, help_text
from echo.service.options import Options
from echo.service.settings import SETTINGS, Setting, Settings
from echo.service.table import SETTING_BY_NAME

BEFORE = "is an option of twistd and stands before the word echo: twistd"
NAMES = [*(setting.option for setting in SETTINGS), *FLAGS]


def parsed(*words: str, parent: TwistedOptions | None = None) -> Options:
    """The options of this command line."""
    options = Options()
    options.parent = parent
    options.parseOptions(words)
    return options


def settings(*words: str) -> Settings:
    """The settings of this command line alone."""
    return parsed(*words).settings({}, _no_file)


def problems(*words: str) -> list[str]:
    """What is wrong with this command line."""
    with pytest.raises(ConfigurationError) as caught:
        settings(*words)
    return list(caught.value.problems)


def _no_file(path: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", path)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_option_keeps_its_text_as_it_is(setting: Setting) -> None:
    """Nothing is checked while parsing: a wrong value is told later, together with the others."""
    assert parsed(f"--{setting.option}", " ? ")[setting.option] == " ? "
    assert parsed(f"--{setting.option}= ? ")[setting.option] == " ? "
    assert parsed()[setting.option] is None


@pytest.mark.parametrize("words", ["--meter", "--meter on", "--meter=on", "--meter --rate 8000", "--met"])
def test_an_option_may_stand_for_a_value(words: str) -> None:
    """Alone it means on; a word behind it is its value, and another option is none."""
    assert settings(*words.split()).meter
    assert not settings("--meter", "off").meter
    assert not settings().meter


def test_a_right_command_line_becomes_settings() -> None:
    """The command line of the README gives what it says."""
    found = settings("--port", "9000", "--rate=8000", "--public-url", "https://echo.example.com/")
    assert (found.port, found.rate, found.public_url) == ("9000", 8000, "https://echo.example.com")


def test_environment_and_file_are_asked_too() -> None:
    """What the command line leaves open comes from the other sources."""
    files = {"/etc/echo.toml": b"app = 'reflect'"}
    options = parsed("--port=9000", "--config=/etc/echo.toml")
    found = options.settings({"ECHO_RATE": "24000", "ECHO_PORT": "1"}, files.__getitem__)
    assert (found.port, found.rate, found.app) == ("9000", 24000, "reflect")


def test_the_last_of_equal_options_counts() -> None:
    """As everywhere, an option at the end replaces the same one before it."""
    assert settings("--rate=8000", "--rate=24000").rate == 24000


@pytest.mark.parametrize("value", ["-1", "-", "a=b", "", "unix:/tmp/x:mode=660"])
def test_a_value_may_look_like_anything_but_an_option(value: str) -> None:
    """One dash, an equals sign and an empty text are values."""
    options = parsed("--ncco", value, "--rate", "8000")
    assert (options["ncco"], options["rate"], options.problems) == (value, "8000", [])


def test_an_option_is_a_value_only_behind_an_equals_sign() -> None:
    """``--ncco --rate`` forgot a value; a file of such a name is written ``--ncco=--rate``."""
    assert parsed("--ncco=--rate")["ncco"] == "--rate"
    assert problems("--ncco", "--rate", "8000") == ["--ncco: needs a value; allowed: the path of a JSON file"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--prot", "9000"], "--prot: there is no such option; did you mean --port?"),
        (["--prot=9000"], "--prot: there is no such option; did you mean --port?"),
        (["--public_url", "x"], "--public_url: there is no such option; did you mean --public-url?"),
        (["--zebra"], "--zebra: there is no such option; --help lists all"),
        (["--zebra\n"], r"--zebra\n: there is no such option; --help lists all"),
        (["-p"], "-p: there is no such option; --help lists all"),
        (["--app"], f"--app: needs a value; allowed: {SETTING_BY_NAME['app'].allowed}"),
        (["--help=yes"], "--help: takes no value"),
        (["--version="], "--version: takes no value"),
        (
            ["--log"],
            "--log: can be --log-level, --log-private, --log-lines-per-second, --log-lines-burst; write more of it",
        ),
        (["9000"], "'9000' is not expected here; all settings are options, such as --port 8000"),
        (["port=9000"], "'port=9000' is not expected here; all settings are options, such as --port 8000"),
        ([""], "'' is not expected here; all settings are options, such as --port 8000"),
        (["-"], "'-' is not expected here; all settings are options, such as --port 8000"),
        (["--"], "'--' is not expected here; all settings are options, such as --port 8000"),
    ],
)  # fmt: skip
def test_what_is_no_option_is_one_sentence(words: list[str], problem: str) -> None:
    """A word that fits nowhere is told in one sentence, with what was probably meant, and raises nothing."""
    assert problems(*words) == [problem]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--nodaemon"], f"--nodaemon: {BEFORE} --nodaemon echo"),
        (["-n"], f"-n: {BEFORE} -n echo"),
        (["--logfile", "x"], f"--logfile: {BEFORE} --logfile echo"),
        (["--pidfile=x"], f"--pidfile: {BEFORE} --pidfile echo"),
        (["--prot"], "--prot: there is no such option; did you mean --port?"),
        (["-Z"], "-Z: there is no such option; --help lists all"),
        (["-:"], "-:: there is no such option; --help lists all"),
    ],
)  # fmt: skip
def test_an_option_of_twistd_is_recognised(words: list[str], problem: str) -> None:
    """Options of twistd stand before the word echo, which a newcomer does not know."""
    twistd = pytest.importorskip("twisted.scripts._twistd_unix").ServerOptions()
    assert parsed(*words, parent=twistd).problems == [problem]


def test_wrong_words_and_wrong_values_are_told_together() -> None:
    """Words first, then values, then nothing is left to find out by a second try."""
    told = problems("--prot", "1", "stray", "--rate", "1", "--app=oracle", "--port")
    assert [sentence.partition(" ")[0] for sentence in told] == [
        "--prot:",
        "'stray'",
        "--port:",
        "--rate:",
        "--app:",
    ]


def test_a_wrong_word_alone_is_enough_to_refuse() -> None:
    """Right values do not hide a word that was not understood."""
    assert len(problems("--rate=8000", "stray")) == 1


def meant_by_getopt(beginning: str) -> list[str]:
    """The option for which ``getopt`` takes this beginning of a name, if for any."""
    known = [name if name in FLAGS else f"{name}=" for name in NAMES]
    try:
        options, _ = getopt.getopt([f"--{beginning}=1"], "", known)
    except getopt.GetoptError:
        return []
    return [name.removeprefix("--") for name, _ in options]


@pytest.mark.parametrize("name", NAMES)
def test_options_can_be_cut_short_as_getopt_does_it(name: str) -> None:
    """A beginning counts exactly where ``getopt`` takes it, and for the same option."""
    for length in range(1, len(name) + 1):
        options = parsed(f"--{name[:length]}=1")
        taken = [each for each in NAMES if options.get(each) == "1"]
        assert taken == meant_by_getopt(name[:length])
        assert bool(taken) != bool(options.problems)


@given(
    st.lists(st.text(max_size=12) | st.sampled_from(["--", "--port", "--rate=", "--por", "-n", "x", "--lim"]))
)
def test_no_command_line_raises_while_parsing(words: list[str]) -> None:
    """Whatever is typed, twistd has no reason to print its usage."""
    asked = {"--help"[:length] for length in range(3, 7)} | {"--version"[:length] for length in range(3, 10)}
    parsed(*(word for word in words if word not in asked))


@pytest.mark.parametrize(
    "words", [["--help"], ["--he"], ["--zebra", "--help"], ["--rate", "1", "stray", "--help"]]
)
def test_help_is_shown_whatever_else_is_wrong(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Who asks for help gets it on standard output, with exit status 0."""
    with pytest.raises(SystemExit) as caught:
        parsed(*words)
    out, err = capsys.readouterr()
    assert caught.value.code == 0
    assert help_text(80) in out
    assert err == ""


def test_help_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The width is that of the terminal, as the environment tells it, unless the caller has one."""
    monkeypatch.setenv("COLUMNS", "95")
    assert Options().getUsage() == help_text(95)
    assert Options().getUsage(width=85) == help_text(85)
    monkeypatch.setenv("COLUMNS", "wide")
    assert Options().getUsage().startswith("\nAnswers")


def test_the_help_of_twistd_begins_with_how_to_call_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under twistd the first line shows where twistd's own options stand, and the text follows."""
    monkeypatch.setattr("sys.argv", ["/usr/bin/twistd"])
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        TwistdWithEcho().parseOptions(["echo", "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Usage: twistd [options] echo [options]"
    assert max(map(len, lines)) <= 80


class TwistdWithEcho(ServerOptions):
    """The options of twistd with no other plugin than ours, whatever is installed."""

    subCommands = [["echo", None, Options, "Answer phone calls."]]  # noqa: RUF012  Twisted's own form


@pytest.mark.parametrize("word", ["--version", "--vers"])
def test_version_names_what_runs_here(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A report of a fault can begin with the three versions that matter; exit status 0."""
    with pytest.raises(SystemExit) as caught:
        parsed(word)
    assert caught.value.code == 0
    expected = f"echo {__version__}\nTwisted {version('twisted')}\nAutobahn {version('autobahn')}\n"
    assert capsys.readouterr().out == expected


def test_the_words_of_the_process_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Called without words, as ``usage.Options`` may be, the options are those of the process."""
    monkeypatch.setattr("sys.argv", ["echo", "--rate=8000"])
    options = Options()
    options.parseOptions()
    assert options["rate"] == "8000"


def test_completion_of_the_shell_is_left_to_twisted(capfd: pytest.CaptureFixture[str]) -> None:
    """The shell asks Twisted for our options by a word that is no option, and gets them."""
    with pytest.raises(SystemExit) as caught:
        parsed("", "--_shell-completion", "zsh:2")
    assert caught.value.code == 0
