"""All that a campaign has found: kept as JSON, so that tables and plots can be made again without measuring."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.capacity import Found
from bench.loading import Sample
from bench.rest import Rest
from bench.rows import ROWS, Samples
from bench.servers import YARDSTICK
from bench.summary import Line, lines


@dataclass
class Results:
    """
    What was found.

    Attributes:
        about: machine, system, versions, date and how it was measured.
        rows: the samples of each row.
        capacity: the most calls of each server.
        rest: our daemon without calls; None when it was not looked at.
        missing: servers that could not run, with the reason.
    """

    about: dict[str, str]
    rows: dict[str, Samples] = field(default_factory=dict)
    capacity: dict[str, Found] = field(default_factory=dict)
    rest: Rest | None = None
    missing: dict[str, str] = field(default_factory=dict)

    def lines(self) -> dict[str, dict[str, Line]]:
        """The figures of all rows, in the order of the tables."""
        return {name: lines(self.rows[name], YARDSTICK) for name in ROWS if name in self.rows}

    def line(self, row: str, peer: str) -> Line | None:
        """The figures of one server in one row, None when it was not measured."""
        return self.lines().get(row, {}).get(peer)

    def renew(self, newer: Results) -> None:
        """
        Take what ``newer`` has in the place of what was found before, and say when it was measured.

        A row stands for itself, since all of its servers take turns; only how and when it was measured differs.
        """
        self.rows |= newer.rows
        self.rest = newer.rest or self.rest
        self.capacity |= newer.capacity
        when = ", ".join(newer.about[part] for part in ("date", "measured", "versions"))
        self.about |= {f"anew, {ROWS[name].title}": when for name in newer.rows}
        if newer.rest:
            self.about["anew, at rest"] = when
        self.about |= {f"anew, most calls of {peer}": when for peer in newer.capacity}

    def save(self, path: Path) -> None:
        """Write it all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read what :meth:`save` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            about=told["about"],
            rows={
                row: {peer: [Sample(**sample) for sample in seen] for peer, seen in peers.items()}
                for row, peers in told["rows"].items()
            },
            capacity={peer: Found(**found) for peer, found in told["capacity"].items()},
            rest=Rest(**told["rest"]) if told["rest"] else None,
            missing=told["missing"],
        )
