"""
The ``phone`` fixture: a test calls an application and gets the report of the call.

pytest loads this module in every run of an environment that echo-voice is installed in, so it imports nothing but
pytest; the phone itself is loaded by the first test that asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from echo.phone.in_tests import Phone


@pytest.fixture(scope="session")
def phone() -> Phone:
    """Calls a voice application as the provider does, and gives the report of the call; see docs/phone.rst."""
    from echo.phone.in_tests import Phone  # noqa: PLC0415  see above

    return Phone()
