"""Tests of echo.phone.load."""
