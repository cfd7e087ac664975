"""Invariant: any text is an NCCO or a sentence why not; what fills placeholders changes strings and nothing else."""

from __future__ import annotations

import json

from echo.errors import NccoError
from echo.ncco.lint import FINDINGS, lint_text
from echo.ncco.template import PLACEHOLDERS, NccoTemplate

_HOSTILE = dict.fromkeys(PLACEHOLDERS, '"}],${to}${uuid}\\\n\u2028')


def check(data: bytes) -> None:
    """Lint ``data``, and serve it."""
    findings = [str(finding) for finding in lint_text(data, placeholders=True)]
    assert len(findings) <= FINDINGS
    assert all(finding.isprintable() for finding in findings), findings
    try:
        template = NccoTemplate.parse(data, "ncco.json")
    except NccoError as refused:
        assert str(refused).isprintable(), refused
        return
    filled = template.fill(_HOSTILE)
    assert _shape(filled) == _shape(list(template.actions))
    assert json.loads(json.dumps(filled, allow_nan=False)) == filled
    assert not set(template.unknown_placeholders) & set(PLACEHOLDERS)


def _shape(value: object) -> object:
    """Give what a value is, without what its strings say."""
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shape(each) for each in value]
    return "" if isinstance(value, str) else value
