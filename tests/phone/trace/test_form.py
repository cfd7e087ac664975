"""What the lines of a trace may hold."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from echo.errors import UntrustedTextError
from echo.phone.trace.form import WAYS, entry_of, header_of, object_of
from echo.untrusted import Json

VALUES: st.SearchStrategy[Json] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
ENTRIES = st.fixed_dictionaries(
    {"at": VALUES | st.just(1), "way": VALUES | st.sampled_from(WAYS), "kind": VALUES | st.just("text")},
    optional={"text": VALUES, "audio": VALUES, "data": VALUES | st.just({}), "pieces": VALUES, "x": VALUES},
)


@given(ENTRIES)
def test_a_line_is_an_entry_or_a_sentence(found: dict[str, Json]) -> None:
    """Whatever a line holds: it is refused in one line of text, or is an entry within its bounds."""
    try:
        entry = entry_of(found)
    except UntrustedTextError as refused:
        assert refused.problem.isprintable()
    else:
        assert entry.at >= 0
        assert entry.way in WAYS
        assert entry.pieces >= 1


@given(st.binary(max_size=100) | st.dictionaries(st.text(max_size=5), VALUES).map(json.dumps).map(str.encode))
def test_the_first_line_is_a_header_or_a_sentence(line: bytes) -> None:
    """Whatever the first line is, what is wrong with it is told in one line."""
    try:
        header_of(object_of(line))
    except UntrustedTextError as refused:
        assert refused.problem.isprintable()
