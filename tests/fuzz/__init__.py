"""Tests of fuzz: the corpus, and the short form of the storm."""
