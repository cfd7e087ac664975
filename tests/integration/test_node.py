"""Recorded speech comes back as it went with Node's ``websocket`` as the client: the original sample's library."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.daemon import Daemon
from tests.speech.recordings import RATES, recording_path
from tests.speech.streamed import Streamed, assert_came_back_unharmed, assert_explained

CLIENT = ROOT / "tests/node/client.js"

#: Where make installs what ``tests/node/package.json`` asks for.
PACKAGES = ROOT / ".venv/node/node_modules"


@pytest.fixture(scope="module")
def node_environment() -> dict[str, str]:
    """The environment in which Node finds its package; skips the test where one of them is missing."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    places = [str(PACKAGES), *filter(None, [os.environ.get("NODE_PATH")])]
    environment = os.environ | {"NODE_PATH": os.pathsep.join(places)}
    found = subprocess.run(
        ["node", "-e", 'require.resolve("websocket")'],
        cwd="/",
        env=environment,
        capture_output=True,
        check=False,
    )
    if found.returncode != 0:
        pytest.skip(f"Node's package websocket is not in {' or '.join(places)}; make test puts it there")
    return environment


def test_speech_comes_back_to_node(installed: Path, node_environment: dict[str, str]) -> None:
    """
    Three calls of one Node process, at 8, 16 and 24 kHz, each hear themselves: identical, complete, in time.

    This client refuses to connect where it offers a subprotocol and the server selects none.
    """
    with Daemon(path=installed) as daemon:
        calls = stream_all(f"ws://127.0.0.1:{daemon.port}/", node_environment)

        assert [call.rate for call in calls] == list(RATES)
        for call in calls:
            assert_came_back_unharmed(call)
            assert_explained(daemon, call)
            assert f'"file":"{recording_path(call.rate).name}"' in daemon.log


def stream_all(url: str, environment: dict[str, str]) -> list[Streamed]:
    """Stream the recordings at all rates at the same time."""
    command = ["node", str(CLIENT), url, *(str(recording_path(rate)) for rate in RATES)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    calls = [Streamed(**told) for told in json.loads(done.stdout)]
    for call in calls:
        call.came = [base64.b64decode(payload) for payload in call.came]
    return calls
