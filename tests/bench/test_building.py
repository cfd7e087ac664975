"""What is not here is told, and the rest runs without it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import building, run, servers

CACHED = (building.load_program, building.echo_program, building.node_peers)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with neither compiler nor Node, on which nothing was built yet."""

    def nothing(_: str) -> None:
        return None

    monkeypatch.setattr(building, "BUILT", tmp_path / "bench")
    monkeypatch.setattr(shutil, "which", nothing)
    for made in CACHED:
        made.cache_clear()
    yield tmp_path / "bench"
    for made in CACHED:
        made.cache_clear()


def test_without_a_compiler_there_is_no_benchmark(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, and no failure: a build server without one still tests the rest."""
    assert run.main(["--short"]) == 0
    assert capsys.readouterr().out == (
        "The benchmark is skipped: no C compiler (cc, gcc or clang) is here.\n"
    )
    assert not bare.exists()


def test_peers_that_cannot_run_are_told(bare: Path) -> None:
    """Each with its reason; those that need nothing are not among them."""
    missing = servers.prepare(["c", "ws", "websocket", "echo"])
    assert missing == {
        "c": "no C compiler (cc, gcc or clang) is here",
        "ws": "Node and npm are not here",
        "websocket": "Node and npm are not here",
    }


def test_a_program_is_built_anew_when_a_source_changes(tmp_path: Path) -> None:
    """Its name holds what it was made of."""
    source = tmp_path / "a.c"
    source.write_text("one", encoding="ascii")
    first = building.digest(source)
    source.write_text("two", encoding="ascii")
    assert building.digest(source) != first
