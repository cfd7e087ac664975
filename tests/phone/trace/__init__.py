"""Tests of echo.phone.trace."""
