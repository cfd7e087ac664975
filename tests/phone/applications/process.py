"""The process of the applications, as a test starts and ends it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Self

#: The source tree, where the package ``tests`` is.
TREE = Path(__file__).resolve().parents[3]


class Applications:
    """
    The applications of one library in a process of their own, which is gone when the block is left.

    The process ends itself as well when its standard input ends, so that none outlives a test run that was killed.

    Args:
        library: ``websockets`` for all those with a mistake, ``aiohttp`` or ``fastapi``.
    """

    def __init__(self, library: str = "websockets") -> None:
        self.port = 0
        self._command = [sys.executable, "-m", "tests.phone.applications.serve", library]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._process = subprocess.Popen(
            self._command,
            cwd=TREE,
            env=environment | {"PYTHONPATH": str(TREE)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        # the process listens already when it prints its port; the line is empty if it ended instead
        line = self._process.stdout.readline()
        if not line:
            self.__exit__()
            raise RuntimeError(f"the applications did not start, exit status {self._process.returncode}")
        self.port = int(line)
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        assert process is not None
        try:
            process.communicate(timeout=10)  # closes its standard input
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def socket(self, name: str = "socket") -> str:
        """The socket of an application, which a query may tell more: ``late?ms=37``."""
        return f"ws://127.0.0.1:{self.port}/{name}"

    def answer(self, name: str | None = None) -> str:
        """The answer URL of an application."""
        return f"http://127.0.0.1:{self.port}/answer" + (f"/{name}" if name else "")
