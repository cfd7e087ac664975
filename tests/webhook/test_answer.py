"""The answer webhook's parameters: what is usable, and what counts as absent."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo.untrusted import Json
from echo.webhook.answer import MAX_CHARACTERS, AnswerRequest

UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
WHOLE = AnswerRequest(to="442079460000", from_="447700900000", uuid=UUID, conversation_uuid=f"CON-{UUID}")


def test_from_query() -> None:
    """A GET's parameters are read, and unknown ones ignored."""
    args = {
        b"to": [b"442079460000"],
        b"from": [b"447700900000"],
        b"uuid": [UUID.encode()],
        b"conversation_uuid": [b"CON-" + UUID.encode()],
        b"custom": [b"1938ND9"],
        b"SipHeader_\xff": [b"\xff"],
        b"\xff": [b"\xff"],
    }
    assert AnswerRequest.from_query(args) == WHOLE


def test_from_object() -> None:
    """A POST's object is read the same way."""
    obj: dict[str, Json] = {
        "to": "442079460000",
        "from": "447700900000",
        "uuid": UUID,
        "conversation_uuid": f"CON-{UUID}",
        "custom_data": {"a": [1]},
    }
    assert AnswerRequest.from_object(obj) == WHOLE


def test_nothing_said() -> None:
    """A request without parameters, or with names without values, knows nothing of the call."""
    assert AnswerRequest.from_query({}) == AnswerRequest()
    assert AnswerRequest.from_query({b"to": []}) == AnswerRequest()
    assert AnswerRequest.from_object({}) == AnswerRequest()


def test_the_first_of_several_counts() -> None:
    """A name that is given twice has its first value."""
    assert AnswerRequest.from_query({b"to": [b"1", b"2"]}).to == "1"


def test_where_a_call_lives_and_what_came_by_sip() -> None:
    """The region and the SIP headers are read, from a query and from an object alike."""
    said = {
        "region_url": "https://api-us-3.vonage.com",
        "SipHeader_X-UserId": "1938ND9",
        "SipHeader_User-to-User": "12;encoding=hex",
        "SipHeader_X-Bad": "a\nb",
        "SipHeader_": "nameless",
    }
    asked = AnswerRequest.from_query({name.encode(): [value.encode()] for name, value in said.items()})
    assert asked == AnswerRequest.from_object(said)
    assert asked.region_url == "https://api-us-3.vonage.com"
    assert asked.sip_headers == {"X-UserId": "1938ND9", "User-to-User": "12;encoding=hex"}


@pytest.mark.parametrize(
    "url", ["http://api.vonage.com", "https://", "https://a b", 7, "https://" + "a" * 121]
)
def test_a_region_that_is_none(url: Json) -> None:
    """What is no short https address counts as absent."""
    assert AnswerRequest.from_object({"region_url": url}).region_url is None


def test_sip_headers_have_a_bound() -> None:
    """Sixteen of them are kept, the first by name."""
    many: dict[str, Json] = {f"SipHeader_X-{number:03}": "1" for number in range(40)}
    assert list(AnswerRequest.from_object(many).sip_headers) == [f"X-{number:03}" for number in range(16)]


def test_a_user_who_calls() -> None:
    """A call from an app names its user in place of a number."""
    assert AnswerRequest.from_object({"from_user": "alice"}).from_ == "alice"
    assert AnswerRequest.from_object({"from_user": "alice", "from": "1"}).from_ == "1"


@pytest.mark.parametrize(
    "value",
    ["1", "alice", "sip:bob@example.com;transport=tls", "Zoë \U0001f600", "x" * 256, "a b", "é" * 256],
)
def test_usable_parties(value: str) -> None:
    """Any text without control characters, up to 256 characters, can be a party."""
    assert AnswerRequest.from_query({b"to": [value.encode()], b"from": [value.encode()]}) == AnswerRequest(
        to=value, from_=value
    )


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x" * 257,
        "a\nb",
        "\x00",
        "a\x7f",
        "a\x9f",
        "\u2028",
        "\ud800",
        447700900000,
        1.5,
        True,
        None,
        ["1"],
        {},
    ],
)
def test_unusable_parties(value: Json) -> None:
    """Anything else counts as absent."""
    assert AnswerRequest.from_object({"to": value, "from": value}) == AnswerRequest()


def test_bytes_that_are_no_text() -> None:
    """A parameter that is not UTF-8 counts as absent, and the others are still read."""
    assert AnswerRequest.from_query({b"to": [b"caf\xe9"], b"from": [b"1"]}) == AnswerRequest(from_="1")


@pytest.mark.parametrize(
    ("to", "number"),
    [
        ("447700900000", "447700900000"),
        ("+447700900000", "447700900000"),
        ("1", "1"),
        ("123456789012345", "123456789012345"),
        ("1234567890123456", None),
        ("+", None),
        ("++44", None),
        ("44 7700", None),
        ("447700900000\u0661", None),
        ("\u0661\u0662", None),
        ("alice", None),
        ("sip:442079460000@example.com", None),
        (None, None),
    ],
)
def test_called_number(to: str | None, number: str | None) -> None:
    """The number that was called is digits, without the plus; names and addresses have none."""
    assert AnswerRequest(to=to).called_number == number


@pytest.mark.parametrize(
    ("value", "uuid", "conversation_uuid"),
    [
        (UUID, True, True),
        (UUID.replace("-", ""), True, True),
        ("x" * 64, True, True),
        ("x" * 65, False, True),
        ("x" * 80, False, True),
        ("x" * 81, False, False),
        ("", False, False),
        ("a b", False, False),
        ("a\n", False, False),
        ("é", False, False),
        (5, False, False),
        (None, False, False),
    ],
)
def test_ids(value: Json, uuid: bool, conversation_uuid: bool) -> None:
    """Ids are opaque: printable ASCII without spaces, 64 characters for a leg, 80 for a conversation."""
    request = AnswerRequest.from_object({"uuid": value, "conversation_uuid": value})
    assert request.uuid == (value if uuid else None)
    assert request.conversation_uuid == (value if conversation_uuid else None)


VALUES = st.binary(max_size=300) | st.text(max_size=300).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


@given(st.dictionaries(st.sampled_from([b"to", b"from", b"uuid", b"conversation_uuid"]), st.lists(VALUES)))
def test_what_is_usable_can_be_written_anywhere(args: dict[bytes, list[bytes]]) -> None:
    """Whatever bytes a query holds: what counts is short, is UTF-8, moves no cursor and begins no line."""
    call = AnswerRequest.from_query(args)
    for said in (call.to, call.from_, call.uuid, call.conversation_uuid):
        assert said is None or 0 < len(said.encode()) <= 4 * MAX_CHARACTERS
        assert said is None or not any(
            unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in said
        )
    assert call.called_number is None or 0 < len(call.called_number) <= 15
