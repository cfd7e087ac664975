"""The short form for the build server: has a ratio doubled against the one that was published?"""

from __future__ import annotations

from bench.results import Results
from bench.rows import BOTH, Plan
from bench.servers import OURS

#: A few seconds, mostly those of starting and warming up.
SHORT = Plan(("closed-100", "paced-200"), BOTH, rounds=2, seconds=0.8, warmup=0.4)

#: A busy build server moves a ratio by half; a Deferred or a log line for each frame doubles it.
WORSE = 2.0


#: How often the build server measures before it believes that a ratio has doubled.
TRIES = 3


def judge(found: Results, published: Results) -> list[tuple[str, bool]]:
    """
    Compare the best rounds.

    Returns:
        For each row a sentence, and whether its ratio is at most ``WORSE`` times the published one. A row that
        could not be measured, or was never published, is good.
    """
    sentences = []
    for row in found.rows:
        now, then = found.line(row, OURS), published.line(row, OURS)
        if now is None or then is None or now.ratio_min is None or then.ratio_min is None:
            sentences.append((f"{row}: nothing to compare with", True))
            continue
        is_good = now.ratio_min <= WORSE * then.ratio_min
        told = f"{now.ratio_min:.2f} times the C server, published {then.ratio_min:.2f}"
        sentences.append((f"{row}: {told}{'' if is_good else ': it has doubled'}", is_good))
    return sentences
