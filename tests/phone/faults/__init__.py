"""Tests of echo.phone.faults."""
