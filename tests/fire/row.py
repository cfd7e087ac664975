"""What a row of the table is: an attack or a fault, how it is run, and what was found against what must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

from echo.limits import STANDARD, Limits

#: The short form's deadlines: the same code, and nobody waits for a minute.
SHORT_LIMITS = replace(
    STANDARD,
    request_timeout=2,
    first_message_timeout=2,
    idle_timeout=3,
    ping_interval=1,
    close_timeout=1,
    linger_timeout=1,
    stuck_timeout=2,
    fragment_timeout=2,
)


#: By how much frames of the innocents left late, and for how much of the time the daemon had no core: what others
#: on the machine did to the figures.
LATE = "their frames left late by, p99"
WAITED = "the daemon waited for its core"

#: The most of each at which times are the daemon's: ms, and % of the time.
_MOST_FROM_OTHERS = {LATE: 10.0, WAITED: 5.0}


@dataclass(frozen=True)
class Finding:
    """One figure: what it is, the most that it may be (``None``: it is only told), and its unit."""

    what: str
    value: float
    most: float | None = None
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is within what must hold."""
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        """For a person; what does not hold says so."""
        told = f"{self.what} {_number(self.value)}{self.unit and ' ' + self.unit}"
        if self.most is None:
            return told
        within = f"at most {_number(self.most)}"
        return f"{told} ({within})" if self.holds else f"{told.upper()} (NOT {within})"


def _number(value: float) -> str:
    if value == float("inf"):
        return "never"
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}" if value < 10 else f"{value:.1f}"


@dataclass(frozen=True)
class Terms:
    """
    How a row is run.

    Attributes:
        is_short: for the tests: fewer attackers, shorter deadlines, and no judgement on times of innocents, which
            on a machine that does other work are that machine's.
        server_core, other_core: where the daemon runs, and where everything else; ``None`` to leave it open.
        seed: of whatever is drawn.
    """

    is_short: bool = False
    server_core: int | None = None
    other_core: int | None = None
    seed: int = 1

    @property
    def limits(self) -> Limits:
        """The limits of the daemon."""
        return SHORT_LIMITS if self.is_short else STANDARD

    @property
    def options(self) -> list[str]:
        """The same, as options."""
        words = []
        for field in fields(Limits):
            value = getattr(self.limits, field.name)
            if value != getattr(STANDARD, field.name):
                words += [f"--{field.name.replace('_', '-')}", str(value)]
        return words

    def pick(self, full: float, short: float) -> float:
        """The figure of this form."""
        return short if self.is_short else full


@dataclass(frozen=True)
class Row:
    """
    One row: ``name`` is typed, ``title`` is shown.

    ``run`` yields findings; whatever it raises is a failure too.
    """

    name: str
    title: str
    run: Callable[[Terms], Iterator[Finding]]


@dataclass(frozen=True)
class Verdict:
    """What became of a row; ``problem`` is what kept it from being judged, or ""."""

    row: Row
    findings: tuple[Finding, ...]
    seconds: float
    problem: str = ""

    @property
    def has_passed(self) -> bool:
        """Whether everything that must hold does."""
        return not self.problem and all(finding.holds for finding in self.findings)

    @property
    def was_busy(self) -> bool:
        """Whether others were at work on the machine, so that times are not the daemon's."""
        return any(
            finding.value > _MOST_FROM_OTHERS.get(finding.what, finding.value) for finding in self.findings
        )

    @property
    def word(self) -> str:
        """In a word: a row that fails on a busy machine has to be run again."""
        if self.has_passed:
            return "pass"
        failed = [finding for finding in self.findings if not finding.holds]
        is_of_times = not self.problem and all(finding.unit in {"ms", "s"} for finding in failed)
        return "BUSY" if self.was_busy and is_of_times else "FAIL"
