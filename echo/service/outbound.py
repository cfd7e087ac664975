"""What the daemon asks the provider's REST API for: calls are ended there, so that no ``disconnected`` follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from echo.call.record import CallRecord
from echo.errors import ConfigurationError, RestError
from echo.log import Log
from echo.service.settings import Settings
from echo.service.values import shown

if TYPE_CHECKING:
    from echo.vonage.client import VoiceApi


def outbound_of(settings: Settings, folder: Path, reactor: Any, log: Log) -> Outbound | None:
    """
    Make what asks the REST API, where there is a private key; nothing of it is loaded where there is none.

    Args:
        settings: name the application, its key and where the API is.
        folder: where relative paths begin.
        reactor: what it runs on.
        log: is told what was not done.

    Raises:
        ConfigurationError: with one sentence on a key that cannot be used.
    """
    if settings.private_key is None or settings.application_id is None:
        return None
    from echo.vonage.making import load, voice_api  # noqa: PLC0415  see above

    path = settings.private_key
    key = private_key((folder / path).read_bytes, settings.place("private_key"), path)
    load()
    return Outbound(voice_api(reactor, settings.application_id, key, settings.api_url), log)


def private_key(read: Callable[[], bytes], place: str, path: str) -> Any:
    """Read the key that ``path`` names, by ``read``; ``ConfigurationError`` where it cannot be used."""
    from echo.vonage.tokens import parse_private_key  # noqa: PLC0415  it loads OpenSSL, which few need

    try:
        return parse_private_key(read())
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except ValueError as error:
        problem = str(error)
    raise ConfigurationError([f"{place}: {shown(path)} {problem}"])


class Outbound:
    """
    Asks the REST API in the background.

    Attributes:
        api: all that can be asked for; whoever uses it sees to its errors.
    """

    def __init__(self, api: VoiceApi, log: Log) -> None:
        """Ask ``api``; ``log`` is told what was not done."""
        self.api = api
        self._log = log
        self._under_way: set[Deferred[Any]] = set()

    def hang_up(self, uuid: str, region_url: str | None = None) -> Deferred[bool]:
        """
        End a leg, whatever time it takes. A person who hears nothing more is glad of an end, so this is never awaited.

        Args:
            uuid: the leg; that of the socket ends the socket, that of the caller the whole call.
            region_url: as the answer webhook told it; it is looked at before it is believed.

        Returns:
            Fires with whether it was done; never fails. The log was told why not.
        """
        work: Deferred[Any] = Deferred.fromCoroutine(self.api.hang_up(uuid, region_url=region_url))
        self._under_way.add(work)
        return work.addBoth(self._over, work, uuid)

    def end_call(self, record: CallRecord, answered: Callable[[bool], object]) -> bool:
        """Ask for the end of a whole call, and tell ``answered`` whether it came; ``False`` for one without a name."""
        leg = record.leg_to_end
        if leg is None:
            return False
        self.hang_up(leg, record.region_url).addCallback(answered)
        return True

    def stop(self) -> None:
        """Give up on what is under way: the process ends."""
        for work in list(self._under_way):
            work.cancel()

    def _over(self, result: object, work: Deferred[Any], uuid: str) -> bool:
        self._under_way.discard(work)
        if not isinstance(result, Failure):
            return True
        if result.check(RestError):
            self._log.warn(str(result.value).replace(uuid, self._log.privacy.uuid(uuid)))
        elif not result.check(CancelledError):
            self._log_bug(result)
        return False

    def _log_bug(self, failure: Failure) -> None:
        try:
            failure.raiseException()
        except Exception:  # noqa: BLE001  a bug of ours must not end the daemon
            self._log.failure("a request to the REST API failed")
