"""Tests of echo.phone.provider.rest."""
