"""Tests of echo.phone.line."""
