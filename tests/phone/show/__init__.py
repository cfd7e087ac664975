"""Tests of echo.phone.show."""
