"""
Every limit of the daemon: its name, its value, its value under ``--limits lab``, and the reason.

Whatever a peer can fill, hold open or make us compute is bounded by one of these. Times are seconds, sizes
bytes unless the unit says otherwise. Each limit is an option of the command line of the same name with
dashes (``max_message`` is ``--max-message``).

``lab`` is for conformance runs and benchmarks on loopback: the same code path, with sizes of 16 MiB and the
limits on rates, fragments and pings out of the way.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

#: A rate or a count that nobody reaches: used for ``lab``, so that the code path stays the same.
OUT_OF_THE_WAY = 10**9

_MIB = 1024 * 1024


def _limit(standard: int, unit: str, why: str, lab: int | None = None) -> Any:
    """Declare a field of :class:`Limits` along with what the documentation says of it."""
    lab_value = standard if lab is None else lab
    return field(default=standard, metadata={"unit": unit, "why": why, "lab": lab_value})


@dataclass(frozen=True)
class Limits:
    """One set of limits; see the metadata of each field for unit and reason."""

    # Sizes
    max_message: int = _limit(
        8192, "bytes", "audio is 320 to 960 bytes a message, the first text about 600", lab=16 * _MIB
    )
    max_header: int = _limit(16384, "bytes", "the request line and all headers of one HTTP request")
    max_headers: int = _limit(64, "headers", "a webhook has about 15, a proxy adds some")
    max_body: int = _limit(65536, "bytes", "webhooks are below 4 kB; a page of speech results fits too")

    # Time
    request_timeout: int = _limit(
        10, "s", "one whole HTTP request, counted from accept, not from the last byte"
    )
    first_message_timeout: int = _limit(10, "s", "the provider speaks at once after the upgrade")
    idle_timeout: int = _limit(
        60, "s", "without data or pong the peer is gone; silence is not: pings are answered"
    )
    ping_interval: int = _limit(
        20, "s", "keeps proxies open (60 s is a common limit), three tries before idle"
    )
    close_timeout: int = _limit(5, "s", "how long a peer may take to answer our Close frame")
    linger_timeout: int = _limit(2, "s", "how long a closed connection may take to flush and go")
    token_timeout: int = _limit(
        600, "s", "a greeting may come between the script and the socket; a stranger comes later"
    )
    stuck_timeout: int = _limit(10, "s", "a call that takes no audio for so long is dead to its caller")

    # Audio
    queue_ms: int = _limit(200, "ms", "live audio that is later than this is worthless (ITU-T G.114)")
    lead_ms: int = _limit(300, "ms", "what is played runs so far ahead, to outlast a late timer or network")

    # Apps
    app_budget_ms: int = _limit(20, "ms", "a frame: whoever takes longer keeps all calls waiting")
    app_threads: int = _limit(8, "threads", "blocking code of apps, such as speech engines")
    max_clips: int = _limit(
        64, "MiB", "what callers said and apps keep to say it back, of all calls together"
    )
    max_sounds: int = _limit(64, "MiB", "sound files kept as they are played; 20 minutes at 24 kHz")

    # Recordings
    record_queue: int = _limit(
        64, "MiB", "what waits for a disk that stalls, as audio: 5 s of 200 calls at 16 kHz"
    )

    # Rates, per call: a frame every 20 ms is 50 a second
    frames_per_second: int = _limit(200, "frames/s", "four times the pace of a call", lab=OUT_OF_THE_WAY)
    frames_burst: int = _limit(
        1000, "frames", "what a stall of 10 s leaves behind, twice", lab=OUT_OF_THE_WAY
    )
    bytes_per_second: int = _limit(
        200_000, "bytes/s", "four times the pace of a call at 24 kHz", lab=OUT_OF_THE_WAY
    )
    bytes_burst: int = _limit(
        1_000_000, "bytes", "what a stall of 10 s leaves behind, twice", lab=OUT_OF_THE_WAY
    )
    texts_per_second: int = _limit(100, "texts/s", "nobody presses so many keys", lab=OUT_OF_THE_WAY)
    texts_burst: int = _limit(
        600, "texts", "more than are printed; keys that waited are no attack", lab=OUT_OF_THE_WAY
    )
    pings_per_second: int = _limit(10, "pings/s", "nobody needs more than one", lab=OUT_OF_THE_WAY)
    pings_burst: int = _limit(20, "pings", "a few that waited in a proxy", lab=OUT_OF_THE_WAY)
    max_fragments: int = _limit(4, "frames", "the provider never fragments a message", lab=OUT_OF_THE_WAY)
    fragment_timeout: int = _limit(5, "s", "from the first to the last fragment of a message", lab=3600)
    texts_queued: int = _limit(
        32, "messages", "texts are never dropped, so they need a bound", lab=OUT_OF_THE_WAY
    )
    log_lines_per_second: int = _limit(
        50, "lines/s", "texts of one call that are printed", lab=OUT_OF_THE_WAY
    )
    log_lines_burst: int = _limit(500, "lines", "a storm of keys is printed whole", lab=OUT_OF_THE_WAY)

    reconnects_per_minute: int = _limit(
        3,
        "per min",
        "a restart costs one; a socket that is lost again and again will not stay",
        lab=OUT_OF_THE_WAY,
    )

    # Rates, per address: a provider brings all its calls from a handful of them
    upgrades_per_second: int = _limit(
        100, "per s", "a thousand calls from one address in ten seconds", lab=OUT_OF_THE_WAY
    )
    upgrades_burst: int = _limit(
        1000, "upgrades", "a thousand calls that are dialled anew at once", lab=OUT_OF_THE_WAY
    )
    requests_per_second: int = _limit(
        1000, "per s", "a webhook for the script, five for events, and to spare", lab=OUT_OF_THE_WAY
    )
    requests_burst: int = _limit(
        10_000, "requests", "the webhooks of a thousand calls at once", lab=OUT_OF_THE_WAY
    )
    max_addresses: int = _limit(
        4096, "addresses", "those whose rates are remembered, in about 2 MB; then the oldest is forgotten"
    )

    # Rates, over all
    http_log_per_second: int = _limit(
        500, "lines/s", "events and answers that are logged: a hundred calls a second", lab=OUT_OF_THE_WAY
    )
    http_log_burst: int = _limit(
        5000, "lines", "a thousand calls that start or end at once", lab=OUT_OF_THE_WAY
    )

    # Counts, over all
    max_calls: int = _limit(2000, "calls", "more than one core carries", lab=20000)
    max_requests: int = _limit(1000, "connections", "those that are not (yet) calls", lab=20000)
    max_silent_calls: int = _limit(
        1000, "calls", "upgraded, and nothing said yet; a phone call speaks at once", lab=20000
    )
    max_memory: int = _limit(
        400, "MiB", "four times what 2,000 calls take, and below MemoryHigh of the unit", lab=OUT_OF_THE_WAY
    )
    records_kept: int = _limit(
        1000, "calls", "those that are over, for who asks what just went wrong", lab=20000
    )
    records_kept_for: int = _limit(3600, "s", "who called is nobody's business for longer than it is of use")
    records_waiting: int = _limit(
        4000,
        "calls",
        "told of, without a socket: 100 new ones a second, and events that come first",
        lab=20000,
    )
    descriptors_kept: int = _limit(
        64, "descriptors", "for files, names and the log, when connections want all the others"
    )


#: All limits by name, with default and metadata.
BY_NAME: dict[str, Field[Any]] = {limit.name: limit for limit in fields(Limits)}

#: What the daemon starts with.
STANDARD = Limits()

#: For conformance runs and benchmarks on loopback; never for a public port.
LAB = replace(STANDARD, **{name: limit.metadata["lab"] for name, limit in BY_NAME.items()})
