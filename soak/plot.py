"""
Draw what was sampled: memory, descriptors, round trips, and how late timers were.

    python soak/plot.py docs/soak-60min.csv docs/soak-60min.png docs/soak-60min.svg

It runs in the environment of the benchmark's peers, which has matplotlib.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# the package of this file is found from the root of the source tree
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from soak.second import Second, read

OURS, OTHER, FAINT = "#c2410c", "#334155", "#cbd5e1"


def memory(axes: Axes, seconds: list[Second]) -> None:
    """Resident memory."""
    axes.plot([s.at / 60 for s in seconds], [s.rss / 1e6 for s in seconds], color=OURS, linewidth=0.8)
    axes.set_title("resident memory of the daemon, MB; a line for each hostile call", fontsize=9)


def descriptors(axes: Axes, seconds: list[Second]) -> None:
    """Descriptors, and the calls that have one each."""
    minutes = [s.at / 60 for s in seconds]
    axes.plot(minutes, [s.descriptors for s in seconds], color=OURS, linewidth=0.8, label="descriptors")
    axes.plot(minutes, [s.calls for s in seconds], color=OTHER, linewidth=0.8, label="calls")
    axes.legend(fontsize=7, loc="lower right")
    axes.set_title("descriptors and calls", fontsize=9)


def trips(axes: Axes, seconds: list[Second]) -> None:
    """Round trips of the innocent, beside how late the phone itself was."""
    for name, color, label in (
        ("late_ms", FAINT, "the phone's own frames left late, p99"),
        ("p99_ms", OURS, "round trip, p99"),
        ("p50_ms", OTHER, "round trip, p50"),
    ):
        values = [(s.at / 60, getattr(s, name)) for s in seconds if getattr(s, name) > 0]
        axes.plot(*zip(*values, strict=True), color=color, linewidth=0.6, label=label) if values else None
    axes.set_yscale("log")
    axes.legend(fontsize=7, loc="upper right")
    axes.set_title("milliseconds of each second", fontsize=9)


def lag(axes: Axes, seconds: list[Second]) -> None:
    """How late the daemon's timers were, beside what the host took away."""
    minutes = [s.at / 60 for s in seconds]
    axes.plot(
        minutes, [1000 * s.stolen for s in seconds], color=FAINT, linewidth=0.6, label="taken by the host"
    )
    axes.plot(minutes, [s.lag_ms for s in seconds], color=OURS, linewidth=0.6, label="timers late")
    axes.legend(fontsize=7, loc="upper right")
    axes.set_title("milliseconds of each second; minutes since the first call", fontsize=9)


def draw(seconds: list[Second], paths: list[Path]) -> None:
    """Draw all of it into files whose names say the format."""
    figure = Figure(figsize=(8, 9))
    for panel, axes in zip(
        (memory, descriptors, trips, lag), figure.subplots(4, 1, sharex=True), strict=True
    ):
        panel(axes, seconds)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
        for before, after in pairwise(seconds):
            if after.hostile > before.hostile:
                axes.axvline(after.at / 60, color="black", linewidth=0.3, alpha=0.4)
    figure.tight_layout()
    for path in paths:
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)


if __name__ == "__main__":
    draw(list(read(Path(sys.argv[1]))), [Path(name) for name in sys.argv[2:]])
