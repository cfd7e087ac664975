"""Every example of the corpus keeps the invariant of its target; so do those that did not, once."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from fuzz import TARGETS
from fuzz.hostile import CORPUS

EXAMPLES = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_keeps_the_invariant(path: Path) -> None:
    """What ``make fuzz`` started from, and whatever it has found, passes."""
    importlib.import_module(f"fuzz.{path.parent.name}").check(path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_says_what_holds(target: str) -> None:
    """The first line of each target is its invariant, and it has examples."""
    source = (CORPUS.parent / f"{target}.py").read_text("utf-8")
    assert source.startswith('"""Invariant: ')
    assert [path for path in EXAMPLES if path.parent.name == target]


def test_each_folder_is_of_a_target() -> None:
    """No example lies where nobody replays it."""
    assert {path.parent.relative_to(CORPUS).as_posix() for path in EXAMPLES} == set(TARGETS)
