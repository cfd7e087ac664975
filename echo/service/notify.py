"""
What a service manager hears of us: systemd's protocol of notifications, sd_notify(3).

A datagram with lines of ``NAME=value`` goes to the socket that ``NOTIFY_SOCKET`` names. Without that variable
nothing is sent. Nothing here ever waits: a manager that does not read must not cost a call a frame.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.log import Log
from echo.service.lag import EVERY, Lag
from echo.untrusted import clean

#: Seconds until a message that found the manager's queue full is tried again.
_RETRY = 0.1

#: Messages that wait for that. They are few, and a later one of a kind makes an earlier one pointless.
_MOST_WAITING = 16

#: Seconds between two notices where no watchdog asks for more of them.
_NOTICE_EVERY = 2.5

#: A watchdog is fed so many times in its time: three may be missed.
_FEEDS = 4

#: Seconds: a reactor that is later than this is not well. Frames come every 20 ms; what is late by fifty of them
#: is no conversation.
SMALL_LAG = 1.0

#: Seconds by which a stop may take longer, told again with each notice: when we hang, the manager's patience ends.
_MORE_TIME = 15


def socket_address(text: str) -> str | None:
    """Find the address that ``NOTIFY_SOCKET`` names: a path, or ``@`` and an abstract name; ``None`` for any other."""
    if text.startswith("@") and len(text) > 1:
        return "\0" + text[1:]
    return text if text.startswith("/") else None


def watchdog_seconds(environ: Mapping[str, str], pid: int) -> float | None:
    """Tell how often the watchdog wants to be fed, in seconds; ``None`` where there is none, or not for ``pid``."""
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    microseconds = environ.get("WATCHDOG_USEC", "")
    if not (microseconds.isascii() and microseconds.isdecimal() and len(microseconds) < 20):
        return None
    return int(microseconds) / 1e6 or None


class Notifier:
    """
    Sends notices to the service manager, if there is one.

    Attributes:
        is_heard: whether there is.
    """

    def __init__(self, environ: Mapping[str, str], reactor: IReactorTime, log: Log) -> None:
        """Send to where ``NOTIFY_SOCKET`` in ``environ`` says; of an address that is none ``log`` is told."""
        told = environ.get("NOTIFY_SOCKET", "")
        self._address = socket_address(told)
        self._reactor = reactor
        self._log = log
        self._waiting: deque[bytes] = deque(maxlen=_MOST_WAITING)
        self._retry: IDelayedCall | None = None
        self._socket: socket.socket | None = None
        self.is_heard = self._address is not None
        if told and not self.is_heard:
            log.warn(f"NOTIFY_SOCKET={clean(told, 80)} is no address of a local socket: nobody hears of us")

    def tell(self, **words: str | int) -> None:
        """Send one message of ``NAME=value`` lines, in the order in which they are given."""
        if self.is_heard:
            self._waiting.append("\n".join(f"{name}={value}" for name, value in words.items()).encode())
            self._send()

    def close(self) -> None:
        """Send no more."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.is_heard = False

    def _send(self) -> None:
        if self._retry is not None:
            return
        try:
            while self._waiting:
                self._open().sendto(self._waiting[0], self._address or "")
                self._waiting.popleft()
        except OSError as error:
            if error.errno in {errno.EAGAIN, errno.ENOBUFS}:
                self._retry = self._reactor.callLater(_RETRY, self._send_again)
            else:
                self._log.warn(f"the service manager cannot be told how we are: {error.strerror}")
                self.close()

    def _send_again(self) -> None:
        self._retry = None
        self._send()

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        return self._socket


class Pulse:
    """
    Tells the service manager again and again that we live, and how we are.

    The watchdog is fed only while the reactor is hardly late: one that hangs, or that cannot keep up by far, is
    better started anew. After a stall it is fed as soon as timers are on time again.
    """

    def __init__(
        self,
        *,
        reactor: IReactorTime,
        notifier: Notifier,
        lag: Lag,
        watchdog: float | None,
        status: Callable[[], str],
    ) -> None:
        """
        Notify from :meth:`start` to :meth:`stop`.

        Args:
            reactor: keeps the time.
            notifier: sends the notices.
            lag: tells how late the reactor is.
            watchdog: seconds in which the manager wants to hear of us, if it watches.
            status: one line for a person; told when it has changed.
        """
        self._reactor = reactor
        self._notifier = notifier
        self._lag = lag
        self._watchdog = watchdog
        self._status = status
        self._told = ""
        self._timer: IDelayedCall | None = None
        self._stopping = False

    def start(self) -> None:
        """Tell that we are ready."""
        if self._notifier.is_heard:
            self._told = self._status()
            self._notifier.tell(READY=1, STATUS=self._told)
            self._beat()

    def stopping(self) -> None:
        """Tell that a stop has begun, which may take its time."""
        self._stopping = True
        self._told = self._status()
        self._notifier.tell(STOPPING=1, STATUS=self._told, EXTEND_TIMEOUT_USEC=_MORE_TIME * 1_000_000)

    def reloading(self) -> None:
        """Tell that settings are being read again."""
        now = int(
            self._reactor.seconds() * 1e6
        )  # of CLOCK_MONOTONIC, as is asked for: so is the reactor's clock
        self._notifier.tell(RELOADING=1, MONOTONIC_USEC=now)

    def ready(self) -> None:
        """Tell that we are ready again."""
        if not self._stopping:
            self._notifier.tell(READY=1)

    def stop(self) -> None:
        """Tell no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._notifier.close()

    def _beat(self) -> None:
        """Tell what there is to tell, and come again; soon, if the reactor is late."""
        well = self._lag.latest < self._small_lag()
        words: dict[str, Any] = {}
        if self._watchdog and well:
            words["WATCHDOG"] = 1
        if self._stopping:
            words["EXTEND_TIMEOUT_USEC"] = _MORE_TIME * 1_000_000
        status = self._status()
        if status != self._told:
            words["STATUS"] = self._told = status
        if words:
            self._notifier.tell(**words)
        self._timer = self._reactor.callLater(
            self._pause() if well else min(EVERY, self._pause()), self._beat
        )

    def _pause(self) -> float:
        return min(_NOTICE_EVERY, self._watchdog / _FEEDS) if self._watchdog else _NOTICE_EVERY

    def _small_lag(self) -> float:
        return min(SMALL_LAG, self._watchdog / _FEEDS) if self._watchdog else SMALL_LAG
