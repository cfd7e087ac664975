"""What ``/openapi.json`` says is true: schemathesis asks a real daemon all that it allows, and more."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.conftest import ROOT
from tests.daemon import Daemon

SETTINGS = ROOT / "tests/integration/schemathesis.toml"


@pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_the_document_is_true() -> None:
    """Some hundred requests, right and wrong ones, are answered as the document says; the same ones each time."""
    with Daemon() as daemon:
        url = f"http://127.0.0.1:{daemon.port}/openapi.json"
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "--config-file", SETTINGS, "run", url],
            cwd=daemon.folder,
            env=os.environ | {"NO_COLOR": "1", "HYPOTHESIS_DATABASE_FILE": ""},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        log = daemon.log
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 11\n" in done.stdout  # operations: a path with a method
    assert "Traceback" not in log
