"""What ``/openapi.json`` says of either face is true: schemathesis asks a real daemon all that it allows, and more."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.conftest import ROOT
from tests.daemon import Daemon, Watched
from tests.integration.conftest import assert_echoes, begin_call

SETTINGS = ROOT / "tests/integration/schemathesis.toml"


#: Some hundred requests to each face, right and wrong ones, the same ones each time; none for the document itself.
pytestmark = pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed")


def assert_true(daemon: Daemon, port: int, operations: int) -> None:
    """All requests are answered as the document at ``port`` says; an operation is a path with a method."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", SETTINGS),
            *("run", f"http://127.0.0.1:{port}/openapi.json"),
        ],
        cwd=daemon.folder,
        env=os.environ | {"NO_COLOR": "1", "HYPOTHESIS_DATABASE_FILE": ""},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {operations}\n" in done.stdout
    assert "Traceback" not in daemon.log


def test_the_document_of_the_public_face_is_true() -> None:
    """What it says, the provider can build upon."""
    with Daemon() as daemon:
        assert_true(daemon, daemon.port, 11)


def test_the_document_of_the_operators_face_is_true() -> None:
    """What it says holds while a call is on and another has ended."""
    with Watched() as daemon, begin_call(daemon) as socket:
        assert_echoes(socket)
        with begin_call(daemon) as other:
            assert_echoes(other)
        assert_true(daemon, daemon.operator_port, 3)
