"""Tests of echo.outgoing."""
