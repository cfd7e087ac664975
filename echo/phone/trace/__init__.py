"""A call written down message by message, to be read and to be played again."""
