"""
What has to be proven to this daemon, and what was: webhooks by their signature, sockets by one of three proofs.

It outlives a reload: tokens that were used stay used, and passes that were given out stay good.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from echo.errors import EchoError
from echo.untrusted import Json
from echo.webhook.passes import PASS_BYTES, Pass, Passes
from echo.webhook.proof import KEPT_SECONDS, RETRY_SECONDS, Fault, Proof, Prover, Signed, UnprovenError
from echo.webhook.replays import Replays
from echo.webhook.secrets import Secret

#: Scripts of a moment ago whose passes are remembered as they are: those of a thousand calls a second.
MOST_SCRIPTS = 15_000


@dataclass(frozen=True, kw_only=True)
class TrustTerms:
    """
    What has to be proven.

    Attributes:
        secrets: those that sign webhooks; without one, webhooks are believed as they come.
        application_id: the only application whose signatures are believed, if they name one.
        unsigned: what happens to a webhook without a signature: ``reject``, ``retry`` or ``allow``.
        socket_auth: what proves a socket's call, any of ``token``, ``vonage`` and ``custom``, or ``none``.
        authorization: for ``custom``: what an ``Authorization`` header may hold, beside a pass.
        token_timeout: seconds that a pass is good for.
    """

    secrets: tuple[Secret, ...] = ()
    application_id: str | None = None
    unsigned: str = "retry"
    socket_auth: tuple[str, ...] = ("none",)
    authorization: str | None = field(default=None, repr=False)
    token_timeout: int = 600

    @property
    def is_open(self) -> bool:
        """Whether every socket is accepted."""
        return "none" in self.socket_auth


class UnknownSocketError(EchoError):
    """A request for a socket that proves no call: one sentence on what it tried, for the log."""


class Trust:
    """
    Decides whether a request is the provider's.

    Attributes:
        terms: what has to be proven now.
    """

    def __init__(
        self,
        terms: TrustTerms,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        """
        Begin with nothing used and nothing given out.

        Args:
            terms: what has to be proven.
            clock: gives monotonic seconds.
            wall_clock: gives seconds of the epoch.
            random: gives so many bytes that nobody can foresee.
        """
        self._clock = clock
        self._wall_clock = wall_clock
        self._random = random
        self._replays = Replays(KEPT_SECONDS)
        self._passes = Passes()
        #: What was put into scripts a moment ago, by the leg and the conversation that asked, and since when.
        self._given: OrderedDict[tuple[str | None, str | None], tuple[float, list[str]]] = OrderedDict()
        self.serve_under(terms)

    def serve_under(self, terms: TrustTerms) -> None:
        """Demand by other ``terms`` from now on."""
        self.terms = terms
        self._prover = None
        if terms.secrets:
            self._prover = Prover(
                terms.secrets,
                self._replays,
                application_id=terms.application_id,
                wall_clock=self._wall_clock,
                clock=self._clock,
            )

    def check_webhook(self, request: Signed) -> Proof | None:
        """
        Check the signature of a webhook.

        Returns:
            ``None`` where none is needed.

        Raises:
            UnprovenError: where it is needed, and is not there or not good.
        """
        if self._prover is None:
            return None
        try:
            return self._prover.check(request)
        except UnprovenError as error:
            if error.fault is Fault.UNSIGNED and self.terms.unsigned == "allow":
                return None
            raise

    def check_socket(self, request: Signed, key: str) -> Pass | None:
        """
        Check what proves that a socket belongs to a call, and use all of it up.

        Args:
            request: the upgrade.
            key: what stands in its path, behind the address of all sockets; empty where nothing does.

        Returns:
            Whose call it is, as far as that is known; ``None`` where nothing proves one and nothing has to.

        Raises:
            UnknownSocketError: where something has to.
        """
        checks = {"token": self._by_path, "custom": self._by_header, "vonage": self._by_vonage}
        demanded = ("token",) if self.terms.is_open else self.terms.socket_auth
        results = [checks[name](request, key) for name in demanded]  # all of them: what was shown is used up
        for owner in results:
            if isinstance(owner, Pass):
                return owner
        if self.terms.is_open:
            return None
        raise UnknownSocketError(", and ".join(map(str, results)))

    def passes_for(self, leg: str | None, conversation: str | None, *, is_taken: bool = True) -> CallPasses:
        """
        Begin the script of a call; asked again within seconds, it is to hold the same passes, if they are unused.

        ``is_taken`` is false for a call that is sent elsewhere.
        """
        now, key = self._clock(), (leg, conversation)
        while self._given and now - next(iter(self._given.values()))[0] > RETRY_SECONDS:
            self._given.popitem(last=False)
        if key == (None, None):  # that may be any call
            return CallPasses(self, Pass(None, is_taken), [])
        _, texts = self._given.setdefault(key, (now, []))
        if len(self._given) > MOST_SCRIPTS:
            self._given.popitem(last=False)
        return CallPasses(self, Pass(conversation, is_taken), texts)

    def issue(self, owner: Pass) -> str:
        """Give out a new pass."""
        seconds = self.terms.token_timeout
        return self._passes.issue(owner, self._random(PASS_BYTES), now=self._clock(), seconds=seconds)

    def is_open(self, text: str) -> bool:
        """Tell whether a pass would open a socket."""
        return self._passes.owner(text, self._clock()) is not None

    def is_of_a_taken_call(self, text: str) -> bool:
        """Tell the same of the pass of a call that was taken."""
        owner = self._passes.owner(text, self._clock())
        return (
            owner is not None
            and owner.is_taken
            and not self.terms.is_open
            and "token" in self.terms.socket_auth
        )

    def _by_path(self, _request: Signed, key: str) -> Pass | str:
        if not key:
            return "there is no token in the path"
        return self._redeem(key) or "the token in the path is unknown, used or too old"

    def _by_header(self, request: Signed, _key: str) -> Pass | str:
        if len(request.authorization) != 1:
            return f"there are {len(request.authorization)} Authorization headers where one is required"
        (value,) = request.authorization
        fixed = self.terms.authorization
        if fixed is not None and hmac.compare_digest(value.encode(errors="replace"), fixed.encode()):
            return Pass(None)
        scheme, _, token = value.partition(" ")
        found = self._redeem(token.strip()) if scheme.lower() == "bearer" else None
        return found or "the Authorization header is not ours"

    def _by_vonage(self, request: Signed, _key: str) -> Pass | str:
        if self._prover is None:
            return "there is no signature secret"
        try:
            if self._prover.check(request).is_retry:  # a socket is opened once
                return "the token was used before"
        except UnprovenError as error:
            return error.problem
        return Pass(None)

    def _redeem(self, text: str) -> Pass | None:
        return self._passes.redeem(text, self._clock())


class CallPasses:
    """The passes in the script of one call, in their order."""

    def __init__(self, trust: Trust, owner: Pass, texts: list[str]) -> None:
        """Begin with those that ``texts`` holds from the last time; it gets those that are new."""
        self._trust = trust
        self._owner = owner
        self._texts = texts
        self._next = 0

    def token(self) -> str:
        """Give the next pass: that of the last time, if it is unused."""
        at, self._next = self._next, self._next + 1
        if at < len(self._texts) and self._trust.is_open(self._texts[at]):
            return self._texts[at]
        text = self._trust.issue(self._owner)
        self._texts[at:] = [text]
        return text

    def socket_url(self, url: str) -> str:
        """Tell where a socket of the call is, below the address of all sockets."""
        return f"{url}/{self.token()}" if "token" in self._trust.terms.socket_auth else url

    def authorization(self) -> dict[str, Json] | None:
        """Tell what the provider shall send with the upgrade, as the ``authorization`` of an endpoint."""
        demanded = self._trust.terms.socket_auth
        if "vonage" in demanded:
            return {"type": "vonage"}
        if "custom" in demanded and "token" not in demanded:
            return {"type": "custom", "value": f"Bearer {self.token()}"}
        return None
