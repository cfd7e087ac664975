"""Tests of echo.phone.tls."""

from __future__ import annotations

from OpenSSL import SSL

from echo.phone.tls import tls_problem


def test_a_certificate_that_is_not_believed_comes_with_a_way_out() -> None:
    """``--insecure`` is named where it helps."""
    error = SSL.Error([("SSL routines", "", "certificate verify failed")])
    assert "--insecure calls all the same" in str(tls_problem(error))
