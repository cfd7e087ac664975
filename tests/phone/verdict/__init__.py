"""Tests of what judges a call."""
