"""
The poll set of the calls that are on, in the daemon and in the phone: why a thousand of them cost so little.

A reactor that is woken for each frame pays more for waking than for the frame: a pass of its loop, a logging
context, and, where writes go through its queue, two changes of its poll set. So an established call moves over
to a poll set of its own, here, of which the reactor knows one descriptor. Three things are gained:

* What is ready is read straight from its socket, and its answer is written straight to it while nothing of the
  call's waits to be written. Everything else (a socket that is full, TLS, the end of a connection) goes through
  the transport as Twisted wrote it, which takes this for its reactor.
* The clock is read once for all calls that are served together, and each of reading, answering and sending is done
  for all of them (``echo.seats``).
* From :data:`MANY` calls on, **turns are taken**, as network cards do: a look at the set waits for a fraction of a
  millisecond, so that it serves many calls (``echo.gathering`` says how long). It sleeps, and the reactor's others wait
  as well, for a millisecond at a time, as they do while calls are served: the timers of epoll have no finer grain, and
  a pass of the reactor's loop costs as much as a frame.

Figures are in docs/performance.rst. Where there is no epoll (that is, off Linux), calls stay with the reactor.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Any

from twisted.internet import tcp
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.gathering import LONGEST, Gathering
from echo.leisure import Leisure, end
from echo.seats import EACH_WAITING, HAS_EPOLL, OUT, Outbox, Receiver, Seat

#: The most that one read takes: so that a peer that sends tiny frames as fast as it can keeps the others waiting for
#: a few milliseconds at a time and no longer.
READ_BYTES = 4096

#: Calls from which on they take turns. Fewer are served as they come: there is little to gather, and a test
#: call by hand should show how fast an echo can be.
MANY = 20

#: The most calls that are read before the first of them is answered: what was read waits in memory, and the first
#: for the last.
_TOGETHER = 128

if HAS_EPOLL:
    _IN = select.EPOLLIN


@implementer(IReadDescriptor)
class Turns:
    """The poll set; to the transports in it, their reactor."""

    def __init__(
        self,
        reactor: Any,
        failed: Callable[[str], None],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Be served by ``reactor``; nothing is opened before there is a call.

        ``failed`` is told what did, while the exception is being handled; ``sleep`` takes seconds.
        """
        self._reactor = reactor
        self._failed = failed
        self.callLater = reactor.callLater
        self._poll: Any = None
        self._seats: dict[Any, Seat] = {}
        #: Those that wait for anything, by descriptor.
        self._watched: dict[int, Seat] = {}
        self._gathering = Gathering()
        self._sleep = sleep
        self._outbox = Outbox(self._broken)
        self._leisure = Leisure(reactor.seconds, self._stopped)

    def seat(self, transport: Any, receive: Receiver | None) -> Seat | None:
        """
        Take over a transport from the reactor.

        Args:
            transport: one that owns a socket.
            receive: gets what was read, and when, in place of the transport's protocol; ``None`` where something
                stands between them.

        Returns:
            Its seat, which must :meth:`leave` in the end; ``None`` if it can have none: it stays with the reactor.
        """
        if not HAS_EPOLL or not isinstance(transport, tcp.Connection):
            return None
        seat = Seat(transport, receive, self._outbox)
        try:
            # Whatever waits to be written still does; a transport that has nothing to write finds out by itself.
            self._enter(seat, _IN | OUT)
        except (OSError, MemoryError):
            return None  # no descriptor or no memory for it: dearer with the reactor, and no worse
        self._reactor.removeReader(transport)
        self._reactor.removeWriter(transport)
        transport.reactor = self  # type: ignore[assignment]  # of IReactorFDSet, what a transport uses
        self._seats[transport] = seat
        return seat

    def leave(self, seat: Seat) -> None:
        """Give a transport back to the reactor, with whatever it still waits for; without effect the second time."""
        transport, watched = seat.transport, seat.watched
        if self._seats.pop(transport, None) is None:
            return
        seat.receive = None
        self._leisure.forget(seat)
        self._watch(seat, 0)
        seat.fd = -1
        transport.reactor = self._reactor
        if watched & _IN:
            self._reactor.addReader(transport)
        if watched & OUT:
            self._reactor.addWriter(transport)
        if not self._seats:
            self._close()

    # What a transport asks of its reactor.

    def addReader(self, transport: Any) -> None:
        """Watch for what comes."""
        if transport in self._seats:
            seat = self._seats[transport]
            self._watch(seat, seat.watched | _IN)

    def removeReader(self, transport: Any) -> None:
        """Leave what comes where it is."""
        if transport in self._seats:
            seat = self._seats[transport]
            self._watch(seat, seat.watched & ~_IN)

    def addWriter(self, transport: Any) -> None:
        """Watch for room."""
        if transport in self._seats:
            seat = self._seats[transport]
            self._watch(seat, seat.watched | OUT)

    def removeWriter(self, transport: Any) -> None:
        """Watch for room no more."""
        if transport in self._seats:
            seat = self._seats[transport]
            self._watch(seat, seat.watched & ~OUT)

    # What the reactor asks.

    def fileno(self) -> int:
        """Tell the descriptor of the whole set."""
        return -1 if self._poll is None else int(self._poll.fileno())

    def logPrefix(self) -> str:
        """Name the set in a log."""
        return "calls"

    def doRead(self) -> None:
        """Serve who is ready; with many calls when it is time, and again until others have waited long enough."""
        if len(self._seats) < MANY:
            self._serve(self._reactor.seconds())
            return
        now = self._reactor.seconds()
        enough = now + LONGEST
        while now < enough and self._look(now) and len(self._seats) >= MANY:
            now = self._reactor.seconds()

    def connectionLost(self, reason: Failure) -> None:
        """End with the reactor: so do the calls."""
        for seat in tuple(self._seats.values()):
            end(seat, ConnectionLost(reason.getErrorMessage()))

    # Within.

    def _enter(self, seat: Seat, events: int) -> None:
        """Begin to watch for ``events``; where that fails, nothing has changed but that there is an empty set."""
        if self._poll is None:
            self._poll = select.epoll()
            self._reactor.addReader(self)
        self._poll.register(seat.fd, events)
        self._watched[seat.fd] = seat
        seat.watched = events

    def _watch(self, seat: Seat, events: int) -> None:
        """Change what a seat waits for. One that waits for nothing is taken out: epoll would tell its end for ever."""
        before, seat.watched = seat.watched, events
        if events == before:
            return
        if not events:
            del self._watched[seat.fd]
            self._poll.unregister(seat.fd)
        elif before:
            self._poll.modify(seat.fd, events)
        else:
            self._enter(seat, events)

    def _close(self) -> None:
        self._reactor.removeReader(self)
        self._poll.close()
        self._poll = None

    def _look(self, now: float) -> int:
        """Serve every call that is ready once it is time; returns how many those were."""
        wait = self._gathering.until - now
        if wait > 0:
            # Whatever the clock does: nobody's clock is to stop the calls.
            self._sleep(min(wait, LONGEST))
            now = self._reactor.seconds()
        ready = self._serve(now)
        if calls := len(self._seats):
            self._gathering.looked(now, self._reactor.seconds(), calls if self._leisure else ready, calls)
        return ready

    def _serve(self, now: float) -> int:
        """Serve every call that is ready at this time; returns how many those were."""
        try:
            events = self._poll.poll(0)
        except MemoryError:
            # The list of what is ready wants some, and missing for it is missing for no call: the reactor would take
            # the set for broken and end all of them. What is ready still is the next time.
            return 0
        self._outbox.open()
        try:
            for at in range(0, len(events), _TOGETHER):
                self._answer(self._read(events[at : at + _TOGETHER]), now)
                self._outbox.flush()
            self._leisure.work()
        except BaseException:  # noqa: BLE001  as above: nothing that goes wrong here may end all calls
            self._failed("serving the calls")
        finally:
            self._outbox.close()
        return len(events)

    def _read(self, events: list[tuple[int, int]]) -> list[tuple[Seat, bytes]]:
        """Read what calls can take straight; all other events are the transports' own, after that."""
        came = []
        find, read = self._watched.get, os.read
        for fd, event in events:
            seat = find(fd)
            if seat is None:
                continue  # it went while another was served
            try:
                if event == _IN and seat.receive is not None and (data := read(fd, READ_BYTES)):
                    came.append((seat, data))
                else:
                    self._leisure.put(seat, event)
            except BaseException as error:  # noqa: BLE001  one call's bug must not cost the others their turn
                self._stopped(seat, error)
        return came

    def _answer(self, came: list[tuple[Seat, bytes]], now: float) -> None:
        """Let the calls receive what was read."""
        outbox = self._outbox
        for seat, data in came:
            receive = seat.receive
            if receive is None:
                continue  # it left while another was served
            outbox.most = len(outbox.waiting) + EACH_WAITING
            try:
                receive(data, now)
            except BaseException as error:  # noqa: BLE001  as above
                self._broken(seat, error)

    def _stopped(self, seat: Seat, error: BaseException) -> None:
        """End a call whose socket is of no more use, or one that an exception has stopped, which is being handled."""
        if isinstance(error, BlockingIOError):
            return  # somebody has read already
        if isinstance(error, OSError):
            self._give_up(seat, ConnectionLost())
        else:
            self._broken(seat, error)

    def _broken(self, seat: Seat, error: BaseException) -> None:
        """
        End a call that an exception has stopped, which is being handled.

        Any exception: an app may leave by ``sys.exit()``, or be cancelled, and there is still nobody else to whom
        that could matter. Signals come as calls of the reactor, never as a KeyboardInterrupt in the midst of a turn.
        """
        self._failed("serving a call")
        self._give_up(seat, error)

    def _give_up(self, seat: Seat, why: BaseException) -> None:
        """End a call whose socket is of no more use; what goes wrong with it now is not the others' concern."""
        try:
            end(seat, why)
        except BaseException:  # noqa: BLE001  as above
            self._failed("ending a call")
