"""Invariant: what passes for JSON can be written as JSON and read as the same again; anything else is a sentence."""

from __future__ import annotations

import json

from echo.errors import UntrustedTextError
from echo.untrusted import parse_json

_LARGEST = 4096


def check(data: bytes) -> None:
    """Parse ``data``, write what came of it, and parse that."""
    try:
        value = parse_json(data, _LARGEST)
    except UntrustedTextError as refused:
        assert refused.status == (413 if len(data) > _LARGEST else 400)
        assert refused.problem.isascii()
        assert refused.problem.isprintable()
        return
    for ascii_only in (True, False):
        written = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False).encode()
        assert parse_json(written, len(written)) == value
