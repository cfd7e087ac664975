"""
Attacks and faults beside calls that have nothing to do with them, and the verdict on each: ``make fire``.

A file for each attack. ``rows.py`` lists them all; each runs a daemon of its own with 20 innocent calls, paced as a
telephone paces them, and says what it found, against what must hold.
"""
