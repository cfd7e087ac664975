"""The benchmark: what an echoed frame costs here and elsewhere; ``python bench/run.py --help``."""
