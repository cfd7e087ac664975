"""Tests of echo.wire."""
