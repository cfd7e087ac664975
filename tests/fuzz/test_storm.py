"""The short form of the storm that ``make fuzz`` makes of a hundred thousand malformed messages."""

from __future__ import annotations

import pytest

from echo.call.session import CallSession
from fuzz import __main__ as long_form
from fuzz.hostile import Hostile
from fuzz.run import arguments
from fuzz.storm import Storm


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm_passes(seed: int) -> None:
    """After two thousand malformed requests, texts and frames nothing failed, nothing is left, all calls are on."""
    Storm(seed).blow(2000)


def test_a_storm_finds_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that a text can bring about does not pass."""
    monkeypatch.setattr(CallSession, "receive_text", lambda *_: 1 / 0)

    with pytest.raises(AssertionError):
        Storm(1).blow(500)


def test_the_same_seed_draws_the_same() -> None:
    """What was found can be found again by its seed, and another seed draws something else."""

    def drawn(seed: int) -> list[bytes]:
        hostile = Hostile(seed)
        return [draw() for _ in range(20) for draw in (hostile.request, hostile.text, hostile.frames)]

    assert drawn(1) == drawn(1) != drawn(2)


def test_the_long_form_says_what_it_did(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``python -m fuzz`` tells its seed and the memory that is left; without Atheris it says so, and passes."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    assert long_form.main(["--count", "200", "--seed", "7"]) == 0

    said = capsys.readouterr().out
    assert "200 malformed requests, texts and frames, seed 7" in said
    assert "no exception escaped, no call was lost; memory " in said
    assert "Atheris is not installed" in said


def test_a_target_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong name is answered with those that there are."""
    with pytest.raises(SystemExit):
        long_form.main(["frame"])

    assert "frame: no target; there are frames, texts" in capsys.readouterr().err


def test_findings_go_to_the_corpus(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """LibFuzzer is told to write what breaks an invariant beside the examples, and its own notes elsewhere."""
    monkeypatch.chdir(str(tmp_path))

    words = arguments("frames", 0.5)

    assert words[1] == ".fuzz/frames"
    assert words[2].endswith("fuzz/corpus/frames")
    assert f"-artifact_prefix={words[2]}/found-" in words
    assert "-max_total_time=30" in words
