"""Tests of the benchmark: what it makes of its figures, and whether its load and its yardstick do what they say."""
