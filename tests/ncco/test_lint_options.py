"""Every option of every object: what it may not be, and what may not stand beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from echo.ncco.lint import lint
from echo.ncco.rules import schema
from echo.untrusted import Json
from tests.ncco.documents import URL, action, connect, endpoint, pay, websocket
from tests.ncco.documents_options import KINDS, OPTIONS, Maker

EACH = [
    pytest.param(place, make, *option.split(":"), id=f"{name} {option}")
    for name, (place, make, options) in OPTIONS.items()
    for option in options.split()
]
HINTS = [
    pytest.param(hint, id=f"{name} {word}")
    for name, part in schema()["$defs"].items()
    for holder in [part, *(option for option in part.get("properties", {}).values() if option is not True)]
    for word, hint in holder.get("x-hints", {}).items()
]


def errors(document: Json) -> list[tuple[str, str]]:
    """Paths and sentences of the errors in a document."""
    return [(found.path, found.problem) for found in lint(document) if found.severity == "error"]


class TestEachOption:
    """What holds for all of them."""

    @pytest.mark.parametrize(("place", "make", "option", "kind"), EACH)
    def test_null_is_refused(self, place: str, make: Maker, option: str, kind: str) -> None:
        """No option takes null, and each says what it takes instead; that is the one error there is."""
        ((path, problem),) = errors(make({option: None}))
        assert path == place + (f".{option}" if option.isidentifier() else f'["{option}"]')
        assert problem.startswith("null where ")
        assert KINDS[kind] in problem

    @pytest.mark.parametrize(("place", "make", "_options"), OPTIONS.values(), ids=OPTIONS)
    def test_another_option_is_a_warning(self, place: str, make: Maker, _options: str) -> None:
        """What no document knows is found in every object, and is no error."""
        document = make({"zzz": 1})
        (found,) = [found for found in lint(document) if found.path.endswith("zzz")]
        assert (found.path, found.severity) == (f"{place}.zzz", "warning")
        assert "; known are " in found.problem
        assert errors(document) == []

    @pytest.mark.parametrize("hint", HINTS)
    def test_a_hint_names_what_there_is(self, hint: str) -> None:
        """What is guessed is in the schema somewhere, or the hint says how calls end or start."""
        named = re.findall(r'"(\w+|content-type)"', hint)
        assert named or hint.startswith(("the call ends", "a call is answered"))
        text = str(schema())
        assert [name for name in named if f"'{name}'" not in text] == []


class TestTogether:
    """Findings that come in twos, and those that do not."""

    @pytest.mark.parametrize(
        ("given", "paths"),
        [
            ({"type": [], "dtmf": {}}, ["$[0].type"]),
            ({"type": "speech", "dtmf": {}}, ["$[0].type"]),
            ({"dtmf": {}, "speech": {}}, ["$[0]"]),
            ({"maxDigits": 99}, ["$[0].maxDigits", "$[0].maxDigits"]),
        ],
        ids=["no type", "a type of the wrong kind", "type left out", "legacy and out of range"],
    )
    def test_of_an_input(self, given: dict[str, Any], paths: list[str]) -> None:
        """A mistake in ``type`` is not held against the settings too; a legacy option still has its limits."""
        assert [found.path for found in lint(action("input", **given))] == paths

    @pytest.mark.parametrize(
        ("tone", "paths"),
        [
            ([], ["$[0].ringbackTone"]),
            ([URL, URL], ["$[0].ringbackTone"]),
            (["a.mp3"], ["$[0].ringbackTone[0]"]),
        ],
    )
    def test_of_a_ringback_tone(self, tone: Json, paths: list[str]) -> None:
        """An array, which one SDK sends, is looked into as well."""
        assert [path for path, _ in errors(connect(ringbackTone=tone))] == paths

    @pytest.mark.parametrize("uuids", [[], ["a", "b"], [5]], ids=str)
    def test_of_the_uuid_of_speech(self, uuids: Json) -> None:
        """It is an array with one string."""
        document = action("input", type=["speech"], speech={"uuid": uuids})
        assert [path.removesuffix("[0]") for path, _ in errors(document)] == ["$[0].speech.uuid"]

    @pytest.mark.parametrize(("music", "place"), [([], ""), (["a.mp3"], "[0]"), ([None], "[0]")], ids=str)
    def test_of_music(self, music: Json, place: str) -> None:
        """It is an array with one URL, and a wrong URL has its own place."""
        document = action("conversation", name="tea", musicOnHoldUrl=music)
        assert [path for path, _ in errors(document)] == [f"$[0].musicOnHoldUrl{place}"]

    def test_of_a_conversation_that_is_not_recorded(self) -> None:
        """``"record": false`` is as good as none."""
        document = action("conversation", name="tea", record=False, transcription={})
        assert [found.path for found in lint(document)] == ["$[0].transcription"]

    @pytest.mark.parametrize("option", ["user", "domain"])
    def test_of_an_empty_part_of_a_sip_address(self, option: str) -> None:
        """Neither user nor domain is empty."""
        document = endpoint("sip", {"user": "a", "domain": "b"}, **{option: ""})
        assert [path for path, _ in errors(document)] == [f"$[0].endpoint[0].{option}"]

    @pytest.mark.parametrize(
        "document",
        [
            action("transfer", conversationId=""),
            endpoint("vbc", extension=""),
            websocket(authorization={"type": "custom", "value": ""}),
        ],
        ids=["conversationId", "extension", "value"],
    )
    def test_of_an_empty_string(self, document: Json) -> None:
        """Where a name is needed, none will not do."""
        ((_, problem),) = errors(document)
        assert problem == '"" where something is required'

    def test_of_a_payment(self) -> None:
        """Besides being removed, pay has its own mistakes."""
        assert [path for path, _ in errors(action("pay"))] == ["$[0]"]
        assert [path for path, _ in errors(pay(prompts=None))] == ["$[0].prompts"]
        assert [path for path, _ in errors(pay(prompts={"type": "Name"}))] == ["$[0].prompts.type"]
        assert [path for path, _ in errors(pay(prompts=["Card"]))] == ["$[0].prompts[0]"]
        assert [path for path, _ in errors(pay(voice={"style": -1}))] == ["$[0].voice.style"]
        assert [path for path, _ in errors(pay(prompts=[{"errors": {"Timeout": {}}}]))] == [
            "$[0].prompts[0].errors.Timeout"
        ]
