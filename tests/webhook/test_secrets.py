"""How signature secrets are written down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from echo.webhook.secrets import MOST_SECRETS, Secret, parse_secrets


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("plain", Secret("plain")),
        ("abcd1234:s:t", Secret("s:t", "abcd1234")),
        (":with:colon", Secret("with:colon")),
        ("not an account: x", Secret("not an account: x")),
    ],
)
def test_a_secret_may_be_bound_to_an_account(text: str, secret: Secret) -> None:
    """By what stands before its first colon, if that looks like one."""
    assert Secret.parse(text) == secret


@pytest.mark.parametrize("text", ["a,b", "a\nb\n", "a\r\nb\r\n", " a , b ", "\na\n\n,b,a"])
def test_several_have_commas_or_lines_between_them(text: str) -> None:
    """As on a command line, and as in a file; the same one twice is one."""
    assert parse_secrets(text) == (Secret("a"), Secret("b"))


PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "text",
    ["", " ", ",\n", ":", "a,:", "abcd1234:", PEM, "ssh-rsa AAAA", "\udc80", ",".join("abcdefghijklmnopq")],
)
def test_what_is_no_secret_is_told_without_showing_it(text: str) -> None:
    """An empty one would sign for everybody, a public key is known to everybody."""
    with pytest.raises(ValueError, match=r"^(holds|is) ") as caught:
        parse_secrets(text)
    assert "AAAA" not in str(caught.value)
    assert "MII" not in str(caught.value)


def test_as_many_as_are_allowed_are_taken() -> None:
    """Each is tried for each token, so there is an end to them."""
    assert len(parse_secrets(",".join("abcdefghijklmnop"))) == MOST_SECRETS


def test_a_secret_is_not_shown() -> None:
    """Not even in what a debugger or a traceback prints of it."""
    shown: list[Callable[[object], str]] = [repr, str, ascii, "{}".format]
    assert [each for each in shown if "abracadabra" in each(parse_secrets("abcd1234:abracadabra"))] == []
