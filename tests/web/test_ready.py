"""Tests of echo.web.ready."""

from __future__ import annotations

import pytest

from echo.web.view import Readiness
from tests.operator_face import OperatorFace


@pytest.mark.parametrize(
    ("readiness", "status"), [(Readiness.READY, 200), (Readiness.DRAINING, 503), (Readiness.FULL, 503)]
)
def test_a_balancer_is_told_by_the_status(readiness: Readiness, status: int) -> None:
    """200 while calls are taken, else 503, and a word for people."""
    face = OperatorFace()
    face.readiness = readiness

    answer = face.look("/ready")

    assert (answer.status, answer.json()) == (status, {"status": readiness.value})
    assert face.look("/ready", method="HEAD").status == status
