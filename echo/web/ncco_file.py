"""The operator's own NCCO: a file that is read again when it changes."""

from __future__ import annotations

import errno
from collections.abc import Collection
from pathlib import Path
from threading import Lock

from echo.errors import NccoError
from echo.log import Log
from echo.ncco.lint import lint
from echo.ncco.proofs import PROOFS, unproven_endpoints
from echo.ncco.template import MAX_BYTES, NccoTemplate
from echo.untrusted import clean


class NccoFile:
    """
    The operator's own NCCO, read again when it changes.

    A version that cannot be used is reported once, and the last good one stays in service.
    """

    def __init__(self, path: Path, log: Log) -> None:
        """Read ``path``; ``NccoError`` or ``OSError`` where that fails, so that the daemon does not start."""
        self._path = path
        self._name = clean(str(path))
        self._log = log
        self._reading = Lock()
        self._reported: str | None = None
        self._accepted: Collection[str] = ()
        self._version = self._current_version()
        self.template = NccoTemplate.parse(self._read(), self._name)
        self._warn()

    def refresh(self) -> NccoTemplate:
        """
        Return the newest good version. Touches the disk: to be called where blocking is allowed.

        On a disk that does not answer, the first caller waits and the others go away with what is known.
        """
        if self._reading.acquire(blocking=False):
            try:
                self._read_if_changed()
            finally:
                self._reading.release()
        return self.template

    def demand(self, accepted: Collection[str]) -> None:
        """Report sockets of the script that prove their call by nothing of ``accepted``, now and in new versions."""
        if accepted != self._accepted:
            self._accepted = accepted
            self._warn_of_proofs()

    def is_current(self, path: Path) -> bool:
        """Tell whether this is the script in ``path``, as that file is now. Touches the disk."""
        return path == self._path and self._current_version() == self._version

    def _read_if_changed(self) -> None:
        try:
            version = self._current_version()
            if version != self._version:
                body = self._read()
                self._version = version  # now that it could be read; if it is broken, once is enough
                self.template = NccoTemplate.parse(body, self._name)
                self._log.info(f"{self._name} was read again")
                self._warn()
        except (OSError, NccoError) as error:
            self._report(str(error) if isinstance(error, NccoError) else f"{self._name}: {error.strerror}")

    def _report(self, problem: str) -> None:
        if problem != self._reported:
            self._log.error(f"{problem}; the last good version stays in service")
        self._reported = problem

    def _read(self) -> bytes:
        """Read no more than an NCCO may have, and nothing that is no file and might never end."""
        if not self._path.is_file():
            raise FileNotFoundError(errno.ENOENT, "it is not a file")
        with self._path.open("rb") as file:
            return file.read(MAX_BYTES + 1)

    def _current_version(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _warn(self) -> None:
        """Say what is doubtful; the file is served all the same, since the provider has the last word."""
        self._reported = None
        for finding in lint(list(self.template.actions), placeholders=True):
            self._log.warn(f"{self._name}: {finding}")
        for name in self.template.unknown_placeholders:
            self._log.warn(
                f"{self._name}: ${{{clean(name, 64)}}} is no placeholder of ours and stays as it is"
            )
        self._warn_of_proofs()

    def _warn_of_proofs(self) -> None:
        for path in unproven_endpoints(self.template.actions, self._accepted):
            self._log.warn(
                f"{self._name}: {path}: this socket will be refused: it proves its call by nothing that --socket-auth "
                f"takes ({','.join(self._accepted)}); {PROOFS[next(iter(self._accepted))]}"
            )
