"""Tests of echo.ncco."""
