"""The settings that say what has to be proven."""

from __future__ import annotations

import pytest

from echo.service.options import Options
from echo.service.settings import resolve
from echo.webhook.secrets import Secret
from tests.service.test_settings import FILES, find, problems

HIDDEN = "xyzzy-plugh"
FILE_PROBLEM = "--signature-secret-file: 'secret'"


def test_without_a_secret_everything_is_open() -> None:
    """A daemon that was told nothing takes every socket and believes every webhook."""
    assert (find().secrets, find().socket_auth) == ((), ("none",))


@pytest.mark.parametrize("given", [{"signature_secret": "s"}, {"signature_secret_file": "secret"}])
def test_a_secret_closes_the_sockets_too(given: dict[str, str]) -> None:
    """The token of the script or the provider's signature proves a call."""
    assert find(given).socket_auth == ("token", "vonage")


def test_secrets_of_option_and_file_are_good_side_by_side() -> None:
    """While a secret is changed, the new one may come from another place than the old one."""
    found = find({"signature_secret": "a,b", "signature_secret_file": "secret"})
    assert found.secrets == (Secret("a"), Secret("b"), Secret("of the file"))


def test_a_repeated_option_names_several_secrets() -> None:
    """On a command line, and as an array in a file."""
    options = Options()
    options.parseOptions(["--signature-secret", "a", "--rate", "8000", "--signature-secret=k:b"])
    assert options.settings({}, FILES.__getitem__).secrets == (Secret("a"), Secret("b", "k"))
    assert find(toml='signature_secret = ["a", "k:b"]').secrets == (Secret("a"), Secret("b", "k"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no secret"),
        (b"\n\n", "holds no secret"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"-----BEGIN PRIVATE KEY-----\nxyzzy-plugh", "holds a key pair's key"),
        (b"xyzzy-plugh\nabcd1234:", "holds an empty secret"),
    ],
)
def test_a_file_without_secrets_is_told(content: bytes, sentence: str) -> None:
    """Where it is and what is wrong, and nothing of what is in it."""
    (told,) = problems(
        lambda: resolve({"signature_secret_file": "secret"}, {}, {"secret": content}.__getitem__)
    )
    assert told.startswith(f"{FILE_PROBLEM} {sentence}")
    assert HIDDEN not in told


def test_a_file_that_cannot_be_read_is_told() -> None:
    """With what the system says."""

    def read(_: str) -> bytes:
        raise PermissionError(13, "Permission denied")

    told = problems(lambda: resolve({"signature_secret_file": "secret"}, {}, read))
    assert told == (f"{FILE_PROBLEM} cannot be read: Permission denied",)


def test_no_secret_is_shown() -> None:
    """Not by the settings as a debugger prints them, and not by what is wrong with a secret."""
    found = find({"signature_secret": f"{HIDDEN},k:{HIDDEN}", "socket_auth": "custom"})
    assert HIDDEN not in repr(found)
    for text in (f"{HIDDEN},k:", ",".join(f"{HIDDEN}{n}" for n in range(17)), f"ssh-rsa {HIDDEN}"):
        (told,) = problems(lambda text=text: find({"signature_secret": text}))  # type: ignore[misc]
        assert HIDDEN not in told


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"socket_auth": "vonage"}, "--socket-auth: vonage needs the account's signature secret"),
        ({"socket_auth": "none,token"}, "--socket-auth: 'none,token' has none beside others"),
    ],
)
def test_proofs_that_cannot_be_are_refused(given: dict[str, str], sentence: str) -> None:
    """A signature cannot be checked without a secret, and nothing is not one of several."""
    (told,) = problems(lambda: find(given))
    assert told.startswith(sentence)


def test_a_token_needs_no_secret() -> None:
    """Nor does an Authorization of our own."""
    assert find({"socket_auth": "token,custom"}).socket_auth == ("token", "custom")


def test_an_authorization_comes_from_a_file() -> None:
    """Without the end of its line, and it is not shown."""
    found = find({"socket_auth": "custom", "socket_authorization_file": "authorization"})
    assert found.socket_authorization == "Bearer abc123"
    assert "abc123" not in repr(found)
    assert found.warnings == ()


@pytest.mark.parametrize("content", [b"", b"short", b"Bearer a\nb", b"Bearer \xc3\xa9\xc3\xa9", b"a" * 8192])
def test_what_is_no_authorization_is_told(content: bytes) -> None:
    """One line of printable ASCII, neither too short to be a secret nor too long for the provider."""
    given = {"socket_auth": "custom", "socket_authorization_file": "a"}
    (told,) = problems(lambda: resolve(given, {}, {"a": content}.__getitem__))
    assert told.startswith("--socket-authorization-file: 'a' holds no Authorization header; allowed: ")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"signature_secret": "s"}, "--signature-secret: others on this machine may have read it"),
        (
            {"signature_secret_file": "secret", "unsigned": "allow"},
            "--unsigned allow: whoever asks for the script gets a token",
        ),
        ({"unsigned": "reject"}, "--unsigned changes nothing without a signature secret"),
        ({"signature_secret_file": "secret", "socket_auth": "none"}, "every WebSocket is accepted"),
        ({"socket_authorization_file": "authorization"}, "changes nothing without --socket-auth custom"),
    ],
)
def test_what_is_probably_a_mistake_is_warned_of(given: dict[str, str], words: str) -> None:
    """The daemon starts all the same."""
    (told,) = find(given).warnings
    assert words in told
