"""The rules of the linter: a sound JSON Schema that is of use by itself, and documented down to each option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from echo.ncco.lint import lint
from echo.ncco.rules import WARNINGS, schema, validator
from echo.untrusted import Json
from tests.conftest import ROOT
from tests.ncco import documents_actions, documents_connect, documents_endpoints, documents_joining
from tests.ncco.documents import Case, connect
from tests.ncco.documents_valid import VALID

ACTIONS = {
    "connect",
    "conversation",
    "input",
    "notify",
    "pay",
    "record",
    "stream",
    "talk",
    "transfer",
    "wait",
}
ENDPOINTS = {"app", "phone", "sip", "vbc", "websocket"}
CASES: list[Case] = [
    *documents_actions.CASES,
    *documents_joining.CASES,
    *documents_connect.CASES,
    *documents_endpoints.CASES,
]

#: What VS Code knows beyond the standard.
OF_EDITORS = {"errorMessage", "patternErrorMessage", "deprecationMessage"}

#: Our own: what JSON Schema cannot say.
OURS = {"x-hints", "x-max-bytes", "x-max-spoken", "x-order"}

#: Errors that only our own keywords find.
ONLY_OURS = {"talk of 1501 characters", "headers of 513 bytes", "headers in UTF-8"}

#: Errors that ECMA's patterns find, and Python's let pass: "$" matches before a line feed there.
ONLY_ECMA = {"language with a line feed", "a value with a line feed"}

#: Where a keyword holds schemas by name, in an array, or one.
BY_NAME, IN_ARRAY, ONE = (
    {"properties", "$defs"},
    {"allOf", "anyOf", "prefixItems"},
    {"if", "then", "else", "items", "not"},
)


def parts(of: Any, at: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk over the objects of a schema that are schemas themselves, each with where it is."""
    if not isinstance(of, dict):
        return
    yield at, of
    for keyword, value in of.items():
        if keyword in BY_NAME:
            for name, part in value.items():
                yield from parts(part, f"{at}/{keyword}/{name}")
        elif keyword in IN_ARRAY:
            for index, part in enumerate(value):
                yield from parts(part, f"{at}/{keyword}/{index}")
        elif keyword in ONE | {"additionalProperties", "contains"}:
            yield from parts(value, f"{at}/{keyword}")


PARTS = dict(parts(schema()))
CONDITIONS = {at: part for at, part in PARTS.items() if at.endswith("/if")}


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """A part together with what it refers to."""
    target = schema()["$defs"][part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else {}
    return {**target, **part}


class TestSoundness:
    """What holds for the schema as such."""

    def test_it_is_a_json_schema(self) -> None:
        """It is valid by the metaschema of draft 2020-12, which it names."""
        assert schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
        Draft202012Validator.check_schema(schema())

    def test_each_keyword_is_known(self) -> None:
        """A misspelt keyword would be ignored by every validator."""
        standard = set(Draft202012Validator.VALIDATORS) | {"then", "else", "$schema", "$defs", "$comment"}
        standard |= {"title", "description", "default", "deprecated", "examples"}
        used = {keyword for part in PARTS.values() for keyword in part}
        assert used - standard == OURS | OF_EDITORS

    def test_each_definition_is_there_and_used(self) -> None:
        """No reference leads nowhere, and nothing is left over."""
        referred = {part["$ref"] for part in PARTS.values() if "$ref" in part}
        assert referred == {f"#/$defs/{name}" for name in schema()["$defs"]}

    def test_conditions_refer_to_nothing(self) -> None:
        """A condition that took a warning of a definition for a mistake would be false where it is true."""
        inside = [part for condition in CONDITIONS.values() for _, part in parts(condition)]
        assert [part for part in inside if part.keys() & {"$ref", *WARNINGS - {"items"}}] == []
        assert len(CONDITIONS) > 40

    def test_limits_are_told_whole(self) -> None:
        """A value with an upper limit has a lower one, of which the sentences make a range."""
        limited = [part for at, part in PARTS.items() if "maximum" in part and "/if" not in at]
        assert len(limited) > 10
        assert all("minimum" in part for part in limited)

    def test_a_list_of_values_comes_after_the_type(self) -> None:
        """So a value of another type is told to be just that, and only strings are looked up."""
        listed = [part for at, part in PARTS.items() if "enum" in part and "/if" not in at]
        assert len(listed) > 10
        assert all(list(part).index("type") < list(part).index("enum") for part in listed)
        assert all(part["type"] == "string" for part in listed)

    def test_two_types_have_words_of_their_own(self) -> None:
        """Where the schema takes a string too, the sentence asks for what is meant."""
        assert all("errorMessage" in part for part in PARTS.values() if isinstance(part.get("type"), list))

    def test_what_is_in_default_is_allowed(self) -> None:
        """An editor that fills in a default does not put a mistake there."""
        for at, part in PARTS.items():
            if "default" in part:
                assert Draft202012Validator({**resolved(part), "$defs": schema()["$defs"]}).is_valid(
                    part["default"]
                ), at

    def test_patterns_are_those_of_ecma_too(self) -> None:
        """They use nothing that Python and ECMA 262 write differently, and look for the very end once."""
        patterns = [part["pattern"] for part in PARTS.values() if "pattern" in part]
        assert patterns
        for pattern in patterns:
            assert not re.search(r"\(\?|\\[AZzbB]|\$.", pattern), pattern

    def test_it_is_read_once(self) -> None:
        """Schema and validator are made when they are first needed, and kept."""
        assert schema() is schema()
        assert validator() is validator()


class TestCompleteness:
    """Each action, endpoint and option is there, with a word about it."""

    def test_all_actions_are_there(self) -> None:
        """The schema has the actions of the provider and no others, each with its rules."""
        action = schema()["$defs"]["action"]
        assert set(action["properties"]["action"]["enum"]) == ACTIONS
        assert {rule["then"]["$ref"] for rule in action["allOf"]} == {f"#/$defs/{name}" for name in ACTIONS}
        for rule in action["allOf"]:
            assert rule["then"]["$ref"] == f"#/$defs/{rule['if']['properties']['action']['const']}"

    def test_all_endpoints_are_there(self) -> None:
        """As with the actions."""
        endpoint = schema()["$defs"]["endpoint"]
        assert set(endpoint["properties"]["type"]["enum"]) == ENDPOINTS
        assert {rule["if"]["properties"]["type"]["const"] for rule in endpoint["allOf"]} == ENDPOINTS
        for rule in endpoint["allOf"]:
            assert rule["then"]["$ref"] == f"#/$defs/{rule['if']['properties']['type']['const']}"

    def test_each_option_is_described(self) -> None:
        """An editor has something to show for every property, be it a warning."""
        silent = [
            f"{at}: {name}"
            for at, part in PARTS.items()
            if "additionalProperties" in part
            for name, option in part["properties"].items()
            if option is not True and not resolved(option).keys() & {"description", "deprecationMessage"}
        ]
        assert silent == []

    @pytest.mark.parametrize("name", sorted(ACTIONS | ENDPOINTS))
    def test_each_option_is_in_the_table(self, name: str) -> None:
        """No option of an action or endpoint is left out of the documents that the linter is tested with."""
        documents: list[Json] = [*VALID.values(), *(case.document for case in CASES)]
        used = {
            key
            for found in objects(documents)
            if name in (found.get("action"), found.get("type"))
            for key in found
        }
        assert schema()["$defs"][name]["properties"].keys() - used == set()

    @pytest.mark.parametrize("name", sorted({at.split("/")[2] for at in PARTS if at.startswith("#/$defs/")}))
    def test_unknown_options_are_found_everywhere(self, name: str) -> None:
        """What has its own list of properties finds others; only what is free for all may not."""
        for at, part in PARTS.items():
            if at.startswith(f"#/$defs/{name}/") or at == f"#/$defs/{name}":
                lists = "properties" in part and not re.search(r"/(if|then|else|not)(/|$)|/headers$", at)
                if lists and name not in {"action", "endpoint"}:
                    assert part["additionalProperties"] == {"$ref": "#/$defs/unknown"}, at


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """All objects in a value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


class TestByItself:
    """With any other validator, as in an editor, the schema finds the same errors."""

    @pytest.mark.parametrize("document", VALID.values(), ids=VALID)
    def test_valid_documents_pass(self, document: Json) -> None:
        """What the linter finds nothing in is valid."""
        assert Draft202012Validator(schema()).is_valid(document)

    @pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
    def test_errors_are_errors(self, case: Case) -> None:
        """What the linter calls an error is invalid, and what it warns of is valid: a few need the linter."""
        found_by_itself = case.severity == "error" and case.name not in ONLY_OURS | ONLY_ECMA
        assert Draft202012Validator(schema()).is_valid(case.document) is not found_by_itself


class TestDocumentation:
    """docs/ncco.rst says what the linter does."""

    def test_each_keyword_of_ours_is_told(self) -> None:
        """Whoever edits the schema finds there what our keywords mean."""
        text = (ROOT / "docs" / "ncco.rst").read_text("utf-8")
        assert [keyword for keyword in sorted(OURS | OF_EDITORS) if f"``{keyword}``" not in text] == []

    def test_each_disagreement_is_told(self) -> None:
        """Each property of which the schema says that sources disagree stands in the table of them."""
        text = (ROOT / "docs" / "ncco.rst").read_text("utf-8")
        disputed = {
            re.sub(r"/(then|else|if|allOf/\d+)(?=/|$)", "", at).split("/")[-1]
            for at, part in PARTS.items()
            if "sources disagree" in part.get("deprecationMessage", "")
        }
        assert len(disputed) > 10
        assert [name for name in sorted(disputed) if f"``{name}``" not in text] == []

    def test_the_example_is_what_is_said(self) -> None:
        """The findings at its top are those of a document with these two mistakes."""
        text = (ROOT / "docs" / "ncco.rst").read_text("utf-8")
        found = lint(connect(event_url=["https://example.com"], eventMethod="post"))
        assert [f"    {finding.severity:7} {finding}" for finding in found] == re.findall(
            r"^    (?:error|warning) .*$", text, re.MULTILINE
        )
