"""The answer URL: what the provider asks when a call comes in, and the script that sends the call here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Request

from echo.limits import Limits
from echo.log import Log
from echo.ncco.build import busy_ncco, default_ncco
from echo.ncco.template import NccoTemplate
from echo.privacy import Privacy
from echo.records import Records
from echo.untrusted import Json, clean, parse_object
from echo.web.addresses import AddressBook, Addresses
from echo.web.answers import json_body
from echo.web.choice import NO_CHOICE, Choice
from echo.web.door import Door
from echo.web.ncco_file import NccoFile
from echo.web.repeats import Repeats, Reply
from echo.web.signed import SignedPage
from echo.web.told import BoundedLog
from echo.web.trust import CallPasses, Trust
from echo.webhook.answer import AnswerRequest

#: Answers "call this function somewhere that may block, and give me its result".
InThread = Callable[..., "Deferred[Any]"]

#: Seconds. The provider waits five for its answer, and asks once more.
DISK_PATIENCE = 2


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
        addresses, choice = self._addresses.of(request), self._chosen(request)
        self._records.answered(call, self._reactor.seconds())
        if self._is_open():
            return self.reply_by(self.file, lambda template: self._script(call, addresses, template, choice))
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
        self, call: AnswerRequest, addresses: Addresses, template: NccoTemplate | None, choice: Choice
    ) -> Reply:
        self._told.info(f"{_told(call, self._told.privacy)}: {addresses.socket_url}")
        return ncco_reply(self.script(call, addresses, template, choice))

    def script(
        self,
        call: AnswerRequest,
        addresses: Addresses,
        template: NccoTemplate | None,
        choice: Choice = NO_CHOICE,
        *,
        is_taken: bool = True,
    ) -> list[dict[str, Json]]:
        """Fill the operator's script in for a call, or, without one, make the default; it may not be taken here."""
        choice = choice.among(self._apps)
        passes = self._trust.passes_for(call.uuid, call.conversation_uuid, is_taken=is_taken)
        if template is not None:
            return template.fill(Values(call, addresses, passes, choice))
        return default_ncco(
            socket_url=passes.socket_url(addresses.socket_url),
            events_url=addresses.events_url,
            authorization=passes.authorization(),
            content_type=self._content_type,
            called_number=call.called_number,
            uuid=call.uuid,
            conversation_uuid=call.conversation_uuid,
            app=choice.app,
            room=choice.room,
        )

    def _busy(self, call: AnswerRequest, addresses: Addresses, template: NccoTemplate | None) -> Reply:
        """Answer a call that cannot be taken any more."""
        self._told.info(f"{_told(call, self._told.privacy)}: no call is taken now, so it gets the busy NCCO")
        return ncco_reply(
            busy_ncco() if template is None else self.script(call, addresses, template, is_taken=False)
        )

    def _chosen(self, request: Request) -> Choice:
        """Tell what the answer URL asks for; an app that is not allowed is worth a line, and no call."""
        choice = Choice.of_query(request.args)
        if choice.app is not None and choice.app not in self._apps:
            name = clean(self._told.privacy.words(choice.app), 64)
            self._told.info(f"?app={name}: --apps does not allow it; the call is answered all the same")
        return choice


def ncco_reply(script: list[dict[str, Json]]) -> Reply:
    """Reply with an NCCO."""
    return Reply(json_body(script), content_type="application/json")


def _told(call: AnswerRequest, privacy: Privacy) -> str:
    """Begin a line about a call."""
    caller = clean(privacy.party(call.from_), 40) if call.from_ else "somebody"
    called = clean(privacy.party(call.to), 40) if call.to else "us"
    name = call.conversation_uuid or call.uuid
    return f"NCCO for {caller} calling {called} ({clean(privacy.uuid(name), 80) if name else 'no uuid'})"


class Values(Mapping[str, str]):
    """What the placeholders of the operator's script stand for; each socket that it names gets a pass of its own."""

    def __init__(self, call: AnswerRequest, addresses: Addresses, passes: CallPasses, choice: Choice) -> None:
        """Tell what is known of ``call``."""
        self._values: dict[str, Callable[[], str]] = {
            "socket_url": lambda: passes.socket_url(addresses.socket_url),
            "socket_token": passes.token,
            "events_url": lambda: addresses.events_url,
            "from": lambda: call.from_ or "",
            "to": lambda: call.to or "",
            "uuid": lambda: call.uuid or "",
            "conversation_uuid": lambda: call.conversation_uuid or "",
            "app": lambda: choice.app or "",
            "room": lambda: choice.room or "",
        }

    def __getitem__(self, name: str) -> str:
        return self._values[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
