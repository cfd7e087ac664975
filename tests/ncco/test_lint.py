"""The linter: what is wrong with a document, where, and how it is said."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo.ncco.build import default_ncco
from echo.ncco.lint import DEPTH, FINDINGS, Finding, lint, lint_text
from echo.ncco.template import MAX_BYTES
from echo.untrusted import Json
from tests.ncco import documents_actions, documents_connect, documents_endpoints, documents_joining
from tests.ncco.documents import UUID, Case, talk, websocket
from tests.ncco.documents_valid import TEMPLATES, VALID

CASES = [
    *documents_actions.CASES,
    *documents_joining.CASES,
    *documents_connect.CASES,
    *documents_endpoints.CASES,
]
SHIPPED = Path(__file__).parents[2] / "etc" / "ncco.json"


class TestTheTable:
    """Each document has one finding at most, where it is and as it should be said."""

    @pytest.mark.parametrize("document", VALID.values(), ids=VALID)
    def test_nothing_is_found(self, document: Json) -> None:
        """A valid document has no finding, and the same holds where placeholders are allowed."""
        assert lint(document) == []
        assert lint(document, placeholders=True) == []

    @pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
    def test_one_thing_is_found(self, case: Case) -> None:
        """A mistake is one finding, at its path, with what is allowed; placeholders elsewhere hide none."""
        for placeholders in (False, True):
            (finding,) = lint(case.document, placeholders=placeholders)
            assert (finding.path, finding.severity) == (case.path, case.severity)
            assert case.part in finding.problem

    @pytest.mark.parametrize("document", TEMPLATES.values(), ids=TEMPLATES)
    def test_placeholders_are_taken(self, document: Json) -> None:
        """A value that is not known yet is no mistake, wherever it stands."""
        assert lint(document, placeholders=True) == []

    def test_no_name_is_there_twice(self) -> None:
        """Each case can be asked for by its name, and there are enough of them."""
        names = [*VALID, *TEMPLATES, *(case.name for case in CASES)]
        assert len(names) == len(set(names)) >= 140

    @pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
    def test_a_sentence_is_one_line_of_ascii(self, case: Case) -> None:
        """What is shown moves no cursor and forges no line, whatever the document holds."""
        assert all(" " <= char <= "~" for char in str(lint(case.document)[0]))


class TestDocuments:
    """Whole documents."""

    def test_the_default_script_passes(self) -> None:
        """What the daemon serves when it has no file of the operator's has no mistake."""
        script = default_ncco(
            socket_url="wss://example.com/socket",
            events_url="https://example.com/events",
            content_type="audio/l16;rate=16000",
            called_number="447700900000",
            uuid=UUID,
            conversation_uuid=f"CON-{UUID}",
        )
        assert lint(list(script)) == []

    def test_the_shipped_template_passes(self) -> None:
        """etc/ncco.json has no mistake, as the template that it is; its placeholders alone would be some."""
        body = SHIPPED.read_bytes()
        assert lint_text(body, placeholders=True) == []
        assert [finding.path for finding in lint_text(body)] == ["$[1].eventUrl[0]", "$[1].endpoint[0].uri"]

    def test_findings_are_in_the_order_of_the_document(self) -> None:
        """They come as the document goes, not as the schema does; errors first where they share a place."""
        document: Json = [
            {"zzz": 1, "text": 5, "loop": "-2", "action": "talk"},
            {"action": "connect", "from": "me", "endpoint": [{"uri": "x", "type": "websocket"}], "limit": -1},
            7,
        ]
        assert [(finding.path, finding.severity) for finding in lint(document)] == [
            ("$[0].zzz", "warning"),
            ("$[0].text", "error"),
            ("$[0].loop", "error"),
            ("$[0].loop", "warning"),
            ("$[1].from", "warning"),
            ("$[1].endpoint[0]", "warning"),
            ("$[1].endpoint[0].uri", "error"),
            ("$[1].limit", "error"),
            ("$[2]", "error"),
        ]

    def test_a_finding_is_written_in_one_line(self) -> None:
        """Its text is the path and the sentence."""
        finding = Finding("$[0].text", "error", "it is wrong")
        assert (str(finding), finding.sentence) == ("$[0].text: it is wrong", "it is wrong")

    def test_what_is_wrong_beside_a_placeholder_is_found(self) -> None:
        """A placeholder excuses its own string, where the text could be right, and nothing else."""
        document = talk(text="${a}", loop=["${b}"], voiceName="${c}", level=2)
        paths = [finding.path for finding in lint(document, placeholders=True)]
        assert paths == ["$[0].loop", "$[0].voiceName", "$[0].level"]

    def test_a_placeholder_is_none_when_it_is_not_said(self) -> None:
        """A document that goes to the provider as it is must not have any."""
        assert [finding.path for finding in lint(websocket(uri="${socket_url}"))] == ["$[0].endpoint[0].uri"]


class TestText:
    """What a file or a server gives."""

    @pytest.mark.parametrize(
        ("body", "part"),
        [
            (b"", "the JSON text is empty"),
            (b'[\n  {"action": "talk"},\n  {"action" "talk"}\n]', "not JSON from line 3, column 13"),
            (b"\n <html>\x1b", 'not JSON from line 2, column 2 on; it begins with "<html>\\x1b"'),
            (b'["\xff"]', "not UTF-8"),
            (b'[{"action": "wait", "action": "wait"}]', "the same key twice"),
            (b"[" * 100_000, "nested far too deep"),
            (b"[" * 20 + b"]" * 20, "deeper than the 16 levels"),
            (b" " * (MAX_BYTES + 1), "bytes of JSON where"),
            (b"[]", "an empty array"),
            (b'{"action": "talk"}', "an object where an array of actions is required"),
        ],
    )
    def test_what_is_no_ncco(self, body: bytes, part: str) -> None:
        """It is said in one error about the whole document."""
        (finding,) = lint_text(body)
        assert (finding.path, finding.severity) == ("$", "error")
        assert part in finding.problem

    def test_a_byte_order_mark_is_no_mistake(self) -> None:
        """Some editors put it there, and mean no harm."""
        assert lint_text(BOM_UTF8 + b'[{"action": "wait"}]') == []


class TestHostileDocuments:
    """However large a document is, the findings are few and the time is short."""

    def test_the_findings_are_bounded(self) -> None:
        """There are a hundred at most; the last one says that there would be more."""
        found = lint([{"action": "wait", **{f"name{i}": i for i in range(50_000)}}])
        assert len(found) == FINDINGS
        assert found[0].path == "$[0].name0"
        assert (found[-1].path, found[-1].severity) == ("$", "error")
        assert "more than 99 findings" in found[-1].problem

    def test_a_hundred_findings_are_told_whole(self) -> None:
        """Nothing is left out as long as there is room."""
        found = lint([{"action": "wait", **{f"name{i}": i for i in range(FINDINGS)}}])
        assert [finding.path for finding in found] == [f"$[0].name{i}" for i in range(FINDINGS)]

    def test_depth_is_bounded(self) -> None:
        """A document that no parser of ours lets through is not followed down."""
        nested: list[Json] = []
        for _ in range(100_000):
            nested = [nested]
        (finding,) = lint(nested)
        assert "deeper than the 16 levels" in finding.problem

    def test_the_depth_of_the_parser_is_fine(self) -> None:
        """What the parser takes, the linter looks at."""
        nested: Json = {}
        for _ in range(DEPTH - 4):
            nested = [nested]
        document: Json = [{"action": "notify", "eventUrl": ["https://a"], "payload": {"a": nested}}]
        assert lint_text(json.dumps(document).encode()) == []

    @pytest.mark.parametrize(
        "document",
        [
            talk(text="<" * 1_000_000),
            talk(text="<a " * 300_000),
            talk(text=" " * 1_000_000 + "x"),
            talk(language="en" + "-abcdefgh" * 100_000 + "!"),
            talk(**{"x" * 1_000_000: 1}),
            websocket(uri="wss://" + "a" * 1_000_000 + " "),
            websocket(headers={str(number): number for number in range(60_000)}),
            [{"action": "talk", "text": {"a": ["x"] * 100_000}}] * 3,
        ],
        ids=["tags", "open tags", "blanks", "language", "key", "uri", "headers", "type"],
    )
    def test_a_megabyte_is_one_sentence(self, document: Json) -> None:
        """No pattern takes the square of its text, and no sentence repeats all of it."""
        found = lint(document)
        assert 1 <= len(found) <= 3
        assert all(len(str(finding)) < 500 for finding in found)


#: Words that lead somewhere, so that whole branches of the schema are reached.
NAMES = st.sampled_from(
    [
        "action",
        "type",
        "endpoint",
        "uri",
        "content-type",
        "headers",
        "eventUrl",
        "text",
        "loop",
        "dtmf",
        "mute",
        "",
        "\n",
    ]
) | st.text(max_size=3)
WORDS = st.sampled_from(
    [
        "talk",
        "connect",
        "input",
        "record",
        "pay",
        "transfer",
        "websocket",
        "sip",
        "phone",
        "dtmf",
        "${x}",
        "-1",
        "true",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
DOCUMENTS = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)
ACTIONS = st.fixed_dictionaries(
    {"action": WORDS}, optional={"endpoint": st.lists(DOCUMENTS, max_size=2)}
).flatmap(lambda given: st.dictionaries(NAMES, DOCUMENTS, max_size=4).map(lambda more: {**more, **given}))


class TestAnyDocument:
    """Nothing that JSON can hold makes the linter fail."""

    @settings(derandomize=True, max_examples=100, deadline=None)
    @given(document=DOCUMENTS | st.lists(ACTIONS, max_size=3), placeholders=st.booleans())
    def test_it_never_raises(self, document: Json, placeholders: bool) -> None:
        """It gives findings with a path and a sentence, each once, and the same ones each time."""
        found = lint(document, placeholders=placeholders)
        assert found == lint(document, placeholders=placeholders)
        assert len(found) == len(set(found)) <= FINDINGS
        assert all(finding.path.startswith("$") and finding.problem for finding in found)

    @settings(derandomize=True, max_examples=100, deadline=None)
    @given(body=st.binary(max_size=40) | DOCUMENTS.map(lambda document: json.dumps(document).encode()))
    def test_no_text_makes_it_fail(self, body: bytes) -> None:
        """Whatever a server answers, there are findings or none."""
        assert all(finding.severity in {"error", "warning"} for finding in lint_text(body))
