"""
Draw what was found: cost of a frame against the yardstick, round trips, and calls on one core.

    python bench/plot.py docs/performance.json docs/performance.png docs/performance.svg

It runs in the peers' environment, which has matplotlib, and reads nothing but the results.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# the package of this file is found from the root of the source tree
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


from bench.results import Results
from bench.rows import EACH
from bench.servers import OURS, PEERS, YARDSTICK

COST_ROWS = {"closed-100": "closed loop, 100 sockets", "paced-200": "200 calls", "paced-500": "500 calls"}
OWN, OTHERS = ("#c2410c", "#ea580c", "#fb923c"), ("#334155", "#64748b", "#94a3b8")


def costs(axes: Axes, found: Results) -> None:
    """Bars: the server's CPU for a frame as a multiple of the yardstick's, for each row."""
    lines = found.lines()
    rows = [row for row in COST_ROWS if row in lines]
    peers = [peer for peer in EACH if peer != YARDSTICK and any(peer in lines[row] for row in rows)]
    height = 0.8 / max(1, len(rows))
    for index, row in enumerate(rows):
        values = [lines[row][peer].ratio_min or 0.0 if peer in lines[row] else 0.0 for peer in peers]
        places = [place + (index - (len(rows) - 1) / 2) * height for place in range(len(peers))]
        colors = [(OWN if peer == OURS else OTHERS)[index] for peer in peers]
        bars = axes.barh(places, values, height, color=colors, label=COST_ROWS[row])
        axes.bar_label(bars, fmt="%.2f", padding=2, fontsize=7)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(peers)), [PEERS[peer].title for peer in peers])
    axes.invert_yaxis()
    axes.set_title(
        "CPU for an echoed frame, as a multiple of a C server\n(from above: "
        + ", ".join(COST_ROWS[row] for row in rows)
        + ")",
        fontsize=9,
    )


def trips(axes: Axes, found: Results) -> None:
    """Dots: p50 and p99 of the echo at 200 and 500 calls, logarithmic."""
    lines = found.lines()
    rows = [row for row in ("paced-200", "paced-500") if row in lines]
    peers = [peer for peer in EACH if any(peer in lines[row] for row in rows)]
    for index, row in enumerate(rows):
        for place, peer in enumerate(peers):
            if (line := lines[row].get(peer)) and line.p50 and line.p99:
                color = (OWN if peer == OURS else OTHERS)[index]
                height = place + 0.2 * (2 * index - 1) * (len(rows) > 1)
                axes.plot([line.p50, line.p99], [height] * 2, color=color, marker="|", markersize=9)
    axes.set_xscale("log")
    axes.axvline(20.0, color="black", linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(peers)), [PEERS[peer].title for peer in peers])
    axes.invert_yaxis()
    axes.set_title("round trip, p50 to p99, ms (above: 200 calls, below: 500)", fontsize=9)


def capacity(axes: Axes, found: Results) -> None:
    """Bars: the most calls on one core."""
    peers = [peer for peer in EACH if peer in found.capacity]
    colors = [OWN[0] if peer == OURS else OTHERS[0] for peer in peers]
    bars = axes.barh(range(len(peers)), [found.capacity[peer].calls for peer in peers], color=colors)
    axes.bar_label(bars, padding=2, fontsize=7)
    axes.set_yticks(range(len(peers)), [PEERS[peer].title for peer in peers])
    axes.invert_yaxis()
    axes.set_title("most calls on one core, nothing lost, p99 under 20 ms", fontsize=9)


def draw(found: Results, paths: list[Path]) -> None:
    """Draw what there is into files whose names say the format."""
    panels = [costs, trips, *([capacity] if found.capacity else [])]
    figure = Figure(figsize=(8, 3.4 * len(panels)))
    axes = figure.subplots(len(panels), 1, squeeze=False)
    for panel, (place,) in zip(panels, axes, strict=True):
        panel(place, found)
        place.spines[["top", "right"]].set_visible(False)
        place.tick_params(labelsize=8)
    about = found.about
    figure.text(0.01, 0.005, f"{about['machine']}, {about['system']}, {about['date']}", fontsize=7)
    figure.tight_layout(rect=(0, 0.015, 1, 1))
    for path in paths:
        figure.savefig(path, dpi=120, metadata={"Date": None} if path.suffix == ".svg" else None)


if __name__ == "__main__":
    draw(Results.read(Path(sys.argv[1])), [Path(name) for name in sys.argv[2:]])
