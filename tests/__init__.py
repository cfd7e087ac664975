"""The tests of echo; the folders mirror the package's, path by path."""
