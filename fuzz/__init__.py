"""
Bytes that nobody would think of, against everything that reads a peer's bytes.

Each target is a module with an invariant in its first line and a function ``check`` that fails for bytes which
break it. ``corpus/`` has a folder of examples for each: seeds, and whatever was found to break it once. The ordinary
tests replay them; ``make fuzz`` looks for more.
"""

#: The modules that are targets, one for each kind of bytes.
TARGETS = ("frames", "texts", "json_texts", "nccos", "requests", "signatures")
