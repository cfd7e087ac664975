"""
One target under libFuzzer, which looks for bytes that take new ways through the code: ``python -m fuzz.run frames``.

Atheris (Apache-2.0) puts libFuzzer into Python. What breaks the invariant is written into the corpus, where the
ordinary tests find it until it is mended, and after that for ever.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from fuzz import TARGETS
from fuzz.hostile import CORPUS

#: What is counted as a way through the code.
INSTRUMENTED = ["echo", "autobahn.websocket", "twisted.web.http", "twisted.protocols.basic", "json"]


def main(words: Sequence[str]) -> None:
    """Fuzz one target; ends the process, with 0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.run", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=1.0)
    order = parser.parse_args(words)

    import atheris  # the tests replay the corpus without it

    with atheris.instrument_imports(include=INSTRUMENTED):
        target = importlib.import_module(f"fuzz.{order.target}")
    atheris.Setup(arguments(order.target, order.minutes), target.check)
    atheris.Fuzz()


def arguments(target: str, minutes: float) -> list[str]:
    """Give libFuzzer's command line: new ways go to ``.fuzz``, which is nobody's, and only findings to the corpus."""
    scratch = Path(".fuzz") / target
    scratch.mkdir(parents=True, exist_ok=True)
    return [
        target,
        str(scratch),
        str(CORPUS / target),
        f"-artifact_prefix={CORPUS / target}/found-",
        f"-max_total_time={max(1, round(minutes * 60))}",
        "-max_len=4096",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
