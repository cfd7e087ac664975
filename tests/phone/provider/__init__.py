"""Tests of echo.phone.provider."""
