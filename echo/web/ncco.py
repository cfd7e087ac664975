"""The answer URL: what the provider asks when a call comes in, and the script that sends the call here."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Request

from echo.errors import NccoError
from echo.limits import Limits
from echo.log import Log
from echo.ncco.build import busy_ncco, default_ncco
from echo.ncco.lint import lint
from echo.ncco.proofs import PROOFS, unproven_endpoints
from echo.ncco.template import MAX_BYTES, NccoTemplate
from echo.privacy import Privacy
from echo.records import Records
from echo.untrusted import Json, clean, parse_object
from echo.web.addresses import AddressBook, Addresses
from echo.web.answers import json_body
from echo.web.door import Door
from echo.web.repeats import Repeats, Reply
from echo.web.signed import SignedPage
from echo.web.told import BoundedLog
from echo.web.trust import CallPasses, Trust
from echo.webhook.answer import AnswerRequest

#: Answers "call this function somewhere that may block, and give me its result".
InThread = Callable[..., "Deferred[Any]"]

#: Seconds. The provider waits five for its answer, and asks once more.
DISK_PATIENCE = 2


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


class NccoPage(SignedPage):
    """``/ncco``: answers with the NCCO, the default one or the operator's."""

    methods = (b"GET", b"POST")

    def __init__(
        self,
        *,
        addresses: AddressBook,
        content_type: str,
        limits: Limits,
        log: Log,
        told: BoundedLog,
        file: NccoFile | None,
        busy_file: NccoFile | None,
        in_thread: InThread,
        reactor: IReactorTime,
        trust: Trust,
        door: Door,
        repeats: Repeats,
        records: Records,
        is_open: Callable[[], bool],
        apps: Collection[str] = (),
    ) -> None:
        """
        Serve ``file`` if there is one, and ``busy_file`` while not ``is_open``; ``records`` learn of each call.

        The disk is touched through ``in_thread``, never on ``reactor``. ``apps`` are the names that a call may choose
        from.
        """
        super().__init__(trust, door, repeats, log)
        self.file = file
        self._busy_file = busy_file
        self._records = records
        self._is_open = is_open
        self._addresses = addresses
        self._content_type = content_type
        self._limits = limits
        self._told = told
        self._in_thread = in_thread
        self._reactor = reactor
        self._apps = apps

    def reply(self, request: Request, body: bytes) -> Reply | Deferred[Reply]:
        """Answer with the script for the call that the request is about."""
        call = self._read(request, body)
        addresses, app = self._addresses.of(request), self._wanted(request)
        self._records.answered(call, self._reactor.seconds())
        if self._is_open():
            return self.reply_by(self.file, lambda template: self._script(call, addresses, template, app))
        return self.reply_by(self._busy_file, lambda template: self._busy(call, addresses, template))

    def reply_by(
        self, file: NccoFile | None, write: Callable[[NccoTemplate | None], Reply]
    ) -> Reply | Deferred[Reply]:
        """Reply with what ``write`` makes of the newest version of ``file``; at once where there is no file."""
        return write(None) if file is None else self._newest(file).addCallback(write)

    def _newest(self, file: NccoFile) -> Deferred[NccoTemplate]:
        """Read the file again, or, when its disk takes too long, take what is known."""
        newest: Deferred[NccoTemplate] = self._in_thread(file.refresh)
        return newest.addTimeout(DISK_PATIENCE, self._reactor, lambda _result, _timeout: file.template)

    def _read(self, request: Request, body: bytes) -> AnswerRequest:
        if request.method == b"POST" and body.strip():
            return AnswerRequest.from_object(parse_object(body, self._limits.max_body))
        return AnswerRequest.from_query(request.args)

    def _script(
        self, call: AnswerRequest, addresses: Addresses, template: NccoTemplate | None, app: str | None
    ) -> Reply:
        self._told.info(f"{_told(call, self._told.privacy)}: {addresses.socket_url}")
        return ncco_reply(self.script(call, addresses, template, app))

    def script(
        self,
        call: AnswerRequest,
        addresses: Addresses,
        template: NccoTemplate | None,
        app: Json = None,
    ) -> list[dict[str, Json]]:
        """
        Fill the operator's script in for a call, or, without one, make the default.

        ``app`` is the name of the app that the call has asked for; one that is not allowed is left out.
        """
        chosen = app if isinstance(app, str) and app in self._apps else None
        passes = self._trust.passes_for(call.uuid, call.conversation_uuid)
        if template is not None:
            return template.fill(Values(call, addresses, passes, chosen or ""))
        return default_ncco(
            socket_url=passes.socket_url(addresses.socket_url),
            events_url=addresses.events_url,
            authorization=passes.authorization(),
            content_type=self._content_type,
            called_number=call.called_number,
            uuid=call.uuid,
            conversation_uuid=call.conversation_uuid,
            app=chosen,
        )

    def _busy(self, call: AnswerRequest, addresses: Addresses, template: NccoTemplate | None) -> Reply:
        """Answer a call that cannot be taken any more."""
        self._told.info(f"{_told(call, self._told.privacy)}: no call is taken now, so it gets the busy NCCO")
        return ncco_reply(busy_ncco() if template is None else self.script(call, addresses, template))

    def _wanted(self, request: Request) -> str | None:
        """Tell which app the answer URL asks for, if it may: a name that is not allowed is worth no call."""
        for value in request.args.get(b"app", ())[:1]:
            name: str = value.decode("utf-8", "replace")
            if name in self._apps:
                return name
            self._told.info(
                f"?app={clean(name, 64)}: --apps does not allow it; the call is answered all the same"
            )
        return None


def ncco_reply(script: list[dict[str, Json]]) -> Reply:
    """Reply with an NCCO."""
    return Reply(json_body(script), content_type="application/json")


def _told(call: AnswerRequest, privacy: Privacy) -> str:
    """Begin a line about a call."""
    caller = clean(privacy.party(call.from_), 40) if call.from_ else "somebody"
    called = clean(privacy.party(call.to), 40) if call.to else "us"
    return (
        f"NCCO for {caller} calling {called} ({clean(call.conversation_uuid or call.uuid or 'no uuid', 80)})"
    )


class Values(Mapping[str, str]):
    """What the placeholders of the operator's script stand for; each socket that it names gets a pass of its own."""

    def __init__(self, call: AnswerRequest, addresses: Addresses, passes: CallPasses, app: str) -> None:
        """Tell what is known of ``call``."""
        self._values: dict[str, Callable[[], str]] = {
            "socket_url": lambda: passes.socket_url(addresses.socket_url),
            "socket_token": passes.token,
            "events_url": lambda: addresses.events_url,
            "from": lambda: call.from_ or "",
            "to": lambda: call.to or "",
            "uuid": lambda: call.uuid or "",
            "conversation_uuid": lambda: call.conversation_uuid or "",
            "app": lambda: app,
        }

    def __getitem__(self, name: str) -> str:
        return self._values[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
