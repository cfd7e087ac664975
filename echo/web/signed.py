"""What the pages for the provider's webhooks have in common: a signature, and the same answer to a retry."""

from __future__ import annotations

from http import HTTPStatus

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET, Request

from echo.errors import UntrustedTextError
from echo.log import Log
from echo.web.answers import Page, answer_error, answer_later, body_of, error_body
from echo.web.door import Door
from echo.web.repeats import Repeats, Reply
from echo.web.trust import Trust
from echo.webhook.proof import Fault, Signed, UnprovenError

#: Seconds after which the provider may try again what came without a signature.
RETRY_AFTER = 1


class SignedPage(Page):
    """
    A page for a webhook: answers what is proven, and a retry as the first try.

    A subclass implements ``reply``.
    """

    def __init__(self, trust: Trust, door: Door, repeats: Repeats, log: Log) -> None:
        """Let ``trust`` decide who is believed, and count in ``door`` who is not."""
        super().__init__()
        self._trust = trust
        self._door = door
        self._repeats = repeats
        self._log = log

    def reply(self, request: Request, body: bytes) -> Reply | Deferred[Reply]:
        """Make the answer to a request that is believed; may raise ``UntrustedTextError`` for what it says."""
        raise NotImplementedError

    def answer(self, request: Request) -> bytes | int:
        """Answer ``request`` if it is the provider's."""
        body = body_of(request)
        try:
            proof = self._trust.check_webhook(signed_part(request, body))
        except UnprovenError as error:
            return self._refuse(request, error)
        if proof is None:
            reply = self._reply(request, body)
        else:
            reply = self._repeats.once(proof, lambda: self._reply(request, body))
        if isinstance(reply, Reply):
            return _write(request, reply)
        reply.addErrback(self._failed).addCallback(
            lambda reply: answer_later(request, lambda: _write(request, reply))
        )
        return NOT_DONE_YET

    def _reply(self, request: Request, body: bytes) -> Reply | Deferred[Reply]:
        """Make the answer; one to something that cannot be understood is one, too."""
        try:
            return self.reply(request, body)
        except UntrustedTextError as error:
            return _error(error.status, error.problem)

    def _refuse(self, request: Request, error: UnprovenError) -> bytes:
        self._door.refused(
            f"webhook_{error.fault.value}", request.getClientAddress(), request.requestHeaders, error.problem
        )
        if error.fault is Fault.UNSIGNED and self._trust.terms.unsigned == "retry":
            request.setHeader(b"Retry-After", b"%d" % RETRY_AFTER)
            return answer_error(request, HTTPStatus.SERVICE_UNAVAILABLE, error.problem)
        request.setHeader(b"WWW-Authenticate", b"Bearer")
        return answer_error(request, HTTPStatus.UNAUTHORIZED, error.problem)

    def _failed(self, failure: Failure) -> Reply:
        try:
            failure.raiseException()
        except Exception:  # noqa: BLE001  a bug of ours; the provider gets its answer all the same
            self._log.failure("answering a webhook failed")
        return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error")


def signed_part(request: Request, body: bytes = b"") -> Signed:
    """Take of a request what a signature is about."""
    values = request.requestHeaders.getRawHeaders(b"authorization", [])
    return Signed(
        authorization=[value.decode("latin-1").strip() for value in values],
        target=request.method + b" " + request.uri,
        body=body,
        must_hash=request.method == b"POST",
    )


def _error(status: int, problem: str) -> Reply:
    return Reply(error_body(problem), status, "application/json")


def _write(request: Request, reply: Reply) -> bytes:
    request.setResponseCode(reply.status)
    if reply.content_type:
        request.setHeader(b"Content-Type", reply.content_type.encode())
    return reply.body
