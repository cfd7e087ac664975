"""Tests of echo.phone.scenario.document: what a scenario file says, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from echo.errors import PhoneError
from echo.phone.scenario.document import MAX_BYTES, WITHIN, Step, read_scenario

HERE = Path(__file__).parent


def written(folder: Path, text: str | bytes) -> Path:
    """A scenario file."""
    path = folder / "greeting.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_everything_that_a_scenario_can_say(tmp_path: Path) -> None:
    """All keys and all verbs are read, files beside the scenario."""
    text = """
        name = "greets"
        url = "http://localhost:8000/ncco"
        post = true
        rate = 8000
        far-end = "wsbridge"
        steps = [
          { say = 2 }, { say = "500ms" }, { play = "a/hello.wav" }, { dtmf = "12#" }, { wait = 0.5 },
          { expect = "speech" }, { expect = "clear", within = "500ms" }, { hangup = "close" },
        ]
    """
    scenario = read_scenario(written(tmp_path, text))

    assert (scenario.name, scenario.source) == ("greets", tmp_path / "greeting.toml")
    assert (scenario.order.url, scenario.order.post) == ("http://localhost:8000/ncco", True)
    assert (scenario.order.rate, scenario.order.far_end) == (8000, "wsbridge")
    assert scenario.steps == (
        *(Step("say", 2.0), Step("say", 0.5), Step("play", word=str(tmp_path / "a/hello.wav"))),
        *(Step("dtmf", word="12#"), Step("wait", 0.5), Step("expect", WITHIN, "speech")),
        *(Step("expect", 0.5, "clear"), Step("hangup", word="close")),
    )


def test_what_a_scenario_need_not_say(tmp_path: Path) -> None:
    """A scenario of one step has the name of its file, and neither an address nor a rate."""
    scenario = read_scenario(written(tmp_path, "[[steps]]\nwait = 1"))

    assert (scenario.name, scenario.order.url, scenario.order.rate) == ("greeting", "", None)
    assert (scenario.order.post, scenario.order.far_end) == (False, "documented")


def test_steps_tell_themselves() -> None:
    """A step is told as a person would."""
    steps = [Step("say", 2), Step("wait", 0.5), Step("expect", 3, "speech"), Step("dtmf", word="1#")]

    assert [str(step) for step in steps] == ["say 2 s", "wait 0.5 s", "expect speech within 3 s", "dtmf 1#"]


@pytest.mark.parametrize("path", sorted(HERE.glob("*.toml")), ids=lambda path: path.name)
def test_the_examples_are_scenarios(path: Path) -> None:
    """Each of the example files beside this test can be read."""
    assert read_scenario(path).steps


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "steps: from 1 to 1000 of them are required"),
        ("steps = []", "steps: from 1 to 1000 of them are required"),
        ("steps = 5", "steps: an array is required"),
        ("step = []", "there is no 'step'; did you mean 'steps'"),
        ("name = 1\nsteps = [{wait = 1}]", "name: a string is required"),
        ("post = 1\nsteps = [{wait = 1}]", "post: true or false is required"),
        ("rate = 44100\nsteps = [{wait = 1}]", "rate: one of 8000, 16000, 24000 is required"),
        ("rate = 16000.0\nsteps = [{wait = 1}]", "rate: one of"),
        ("rate = true\nsteps = [{wait = 1}]", "rate: one of"),
        ("rate = []\nsteps = [{wait = 1}]", "rate: one of"),
        ("far-end = 'x'\nsteps = [{wait = 1}]", "far-end: one of documented, wsbridge is required"),
        ("steps = [1]", r"steps\[0\]: a table with one verb is required"),
        ("steps = [{}]", r"steps\[0\]: exactly one of say, play"),
        ("steps = [{wait = 1}, {say = 1, wait = 1}]", r"steps\[1\]: exactly one of"),
        ("steps = [{sya = 1}]", r"steps\[0\]: exactly one of .* is required; did you mean 'say'"),
        (
            "steps = [{xyz = 1}]",
            r"steps\[0\]: exactly one of say, play, dtmf, wait, expect, hangup is required$",
        ),
        (
            "xyz = 1\nsteps = [{wait = 1}]",
            "there is no 'xyz'; there are name, url, post, rate, far-end, steps$",
        ),
        ("steps = [{wait = 1, xyz = 1}]", r"steps\[0\]: there is no 'xyz'; there are say"),
        ("url = 'localhost:8000'\nsteps = [{wait = 1}]", "url: 'localhost:8000' is no URL: write http://"),
        ("steps = [{wait = 1, within = 1}]", r"steps\[0\]: within belongs to expect"),
        ("steps = [{wait = 0}]", r"steps\[0\].wait: '0' is no time at all"),
        ("steps = [{wait = -1}]", r"steps\[0\].wait: '-1' is no duration"),
        ("steps = [{wait = nan}]", r"steps\[0\].wait: 'nan' is no duration"),
        ("steps = [{wait = true}]", r"steps\[0\].wait: a time is required"),
        ("steps = [{say = []}]", r"steps\[0\].say: a time is required"),
        ("steps = [{play = ''}]", r"steps\[0\].play: the name of a sound file is required"),
        ("steps = [{play = 1}]", r"steps\[0\].play: the name of a sound file is required"),
        ("steps = [{dtmf = 1}]", r"steps\[0\].dtmf: keys from"),
        ("steps = [{dtmf = ''}]", r"steps\[0\].dtmf: keys from"),
        ("steps = [{dtmf = '1A'}]", r"steps\[0\].dtmf: keys from"),
        (
            "steps = [{expect = 'speach'}]",
            r"steps\[0\].expect: 'speach' is no expectation.* did you mean 'speech'",
        ),
        ("steps = [{expect = 1}]", r"steps\[0\].expect: one of speech, silence"),
        ("steps = [{expect = 'echo', within = 'soon'}]", r"steps\[0\].expect: within: 'soon' is no duration"),
        ("steps = [{hangup = 'soft'}]", r"steps\[0\].hangup: 'soft' is no way to hang up"),
        ("steps = [{hangup = true}]", r"steps\[0\].hangup: one of abrupt, close is required"),
        ("steps = [", "this is not TOML"),
        (
            "x." * 500 + "x = 1",
            "a line of more than 1000 bytes is not taken: write each step on a line of its own",
        ),
        ("rate = " + "9" * 4400, "a line of more than 1000 bytes"),
        ("steps = [{wait = 9e99}]", r"steps\[0\].wait: '9e\+99' is no duration"),
        (
            "steps = [{say = '13h'}, {wait = '12h'}]",
            "steps: all of say and wait is too long: a call lasts 24 hours",
        ),
        (b"name = '\xff'", "this is not TOML"),
        ("a = [" + "[\n" * 5000, "this is not TOML"),
        ("#\n" * MAX_BYTES, "more than 131072 bytes are no scenario"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str | bytes, told: str) -> None:
    """What is wrong is one sentence that begins with the file, and names the place and what is allowed."""
    with pytest.raises(PhoneError, match=told) as error:
        read_scenario(written(tmp_path, text))

    for line in str(error.value).splitlines():
        assert line.startswith(f"{tmp_path / 'greeting.toml'}: ")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Each mistake is a line of its own with its place, and none of them twice."""
    text = """
        url = "ftp://x/"
        post = "yes"
        rate = 44100
        far-end = "near"
        nmae = "x"
        name = 5
        steps = [{ wait = 0 }, 7, { say = 1, xyz = 2 }, { dtmf = "1", within = 1 }, { expect = "xyz" }, { wait = 1 }]
    """
    path = written(tmp_path, text)
    with pytest.raises(PhoneError) as error:
        read_scenario(path)

    lines = str(error.value).splitlines()
    assert [line.removeprefix(f"{path}: ").partition(":")[0] for line in lines] == [
        *("the scenario", "url", "post", "rate", "far-end", "name"),
        *("steps[0].wait", "steps[1]", "steps[2]", "steps[3]", "steps[4].expect"),
    ]


@pytest.mark.parametrize(
    ("name", "told"), [("x.toml", "No such file"), (".", "Is a directory"), ("\0", "null")]
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, told: str) -> None:
    """A file that is not there, a folder, and a name that no file can have."""
    with pytest.raises(PhoneError, match=told):
        read_scenario(tmp_path / name)


def test_a_small_number_is_a_time(tmp_path: Path) -> None:
    """TOML writes small numbers with an exponent, which no word of a command line has; as a number it is one."""
    path = tmp_path / "a.toml"
    path.write_text("steps = [{wait = 1e-5}, {wait = 0.25}]")
    assert [step.seconds for step in read_scenario(path).steps] == [1e-5, 0.25]
