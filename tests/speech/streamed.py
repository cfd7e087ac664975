"""A recording that went through the daemon as a call: what was sent, what came back, and whether that is well."""

from __future__ import annotations

from dataclasses import dataclass

from tests.daemon import Daemon
from tests.integration.conftest import end_of_call
from tests.speech.recordings import FRAME_SECONDS, recording_bytes, recording_frames

#: Seconds. On a machine that does nothing else the echo takes one millisecond; a build server is not such a
#: machine, and here only a queue that grows, or a wait for more data, is to be seen.
SLOWEST_ECHO = 0.25
TOLERANCE = 0.1


@dataclass
class Streamed:
    """
    One call. Times are seconds of a clock of the client's own.

    Attributes:
        rate: samples a second.
        port: the client's end of the connection.
        subprotocol: what the daemon selected.
        sent_at: when each frame of the recording was sent.
        came: the binary messages that came back.
        came_at: when they came.
        texts: how many text messages came back.
    """

    rate: int
    port: int
    subprotocol: str | None
    sent_at: list[float]
    came: list[bytes]
    came_at: list[float]
    texts: int


def assert_came_back_unharmed(call: Streamed) -> None:
    """What was sent came back: byte for byte, in the same messages and order, and at the same pace."""
    assert call.came == recording_frames(call.rate)
    assert b"".join(call.came).startswith(recording_bytes(call.rate))
    assert call.texts == 0
    assert call.subprotocol == "WSBRIDGE"
    delays = [came - sent for sent, came in zip(call.sent_at, call.came_at, strict=True)]
    assert max(delays) < SLOWEST_ECHO
    pace_sent, pace_echoed = (times[-1] - times[0] for times in (call.sent_at, call.came_at))
    assert abs(pace_sent - (len(call.came) - 1) * FRAME_SECONDS) < TOLERANCE, "the test itself was too slow"
    assert abs(pace_echoed - pace_sent) < TOLERANCE


def assert_explained(daemon: Daemon, call: Streamed) -> None:
    """
    The daemon's line on the end of the call has the right figures.

    A frame of the call is wrong-sized unless it has the size for the rate that the call itself named.
    """
    end = end_of_call(daemon, call.port)
    frames = len(recording_frames(call.rate))
    assert end.by == "provider"
    assert end.how.startswith("close code 1000")  # Node's client says a reason of its own too
    assert (end.frames_in, end.frames_out, end.dropped, end.wrong_sized) == (frames, frames, 0, 0)
    assert abs(end.seconds - frames * FRAME_SECONDS) < SLOWEST_ECHO + TOLERANCE
    assert FRAME_SECONDS * 1000 <= end.longest_gap_ms < (FRAME_SECONDS + SLOWEST_ECHO) * 1000
    assert end.queue_peak_ms == 0
