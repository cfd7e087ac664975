"""The exception tree: what each error carries, and what a person reads."""

from __future__ import annotations

import pytest

from echo.errors import ConfigurationError, EchoError, NccoError, UntrustedTextError


def test_all_problems_of_a_configuration() -> None:
    """Every wrong setting has its own line, and can be looked at one by one."""
    error = ConfigurationError(["--rate 1: one of 8000", "--port x: an integer"])
    assert str(error) == "--rate 1: one of 8000\n--port x: an integer"
    assert error.problems == ("--rate 1: one of 8000", "--port x: an integer")


def test_an_ncco_error_names_the_place() -> None:
    """File, place in the document and problem make one sentence, and are kept apart too."""
    error = NccoError("etc/ncco.json", "$[1].endpoint", "an array is required")
    assert str(error) == "etc/ncco.json: $[1].endpoint: an array is required"
    assert (error.source, error.path, error.problem) == (
        "etc/ncco.json",
        "$[1].endpoint",
        "an array is required",
    )


def test_untrusted_text_has_a_status() -> None:
    """A peer's bad text is a 400 unless said otherwise."""
    error = UntrustedTextError("too deep")
    assert (str(error), error.problem, error.status) == ("too deep", "too deep", 400)
    assert UntrustedTextError("too large", 413).status == 413


@pytest.mark.parametrize(
    "error", [ConfigurationError(["p"]), NccoError("s", "p", "x"), UntrustedTextError("p")], ids=repr
)
def test_one_family(error: EchoError) -> None:
    """Whoever catches ``EchoError`` catches them all, and none of them is another."""
    assert isinstance(error, EchoError)
    assert type(error).__mro__[1] is EchoError
