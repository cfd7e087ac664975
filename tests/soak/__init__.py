"""Tests of the long run: its plan, its line through noise, its verdict and its file."""
