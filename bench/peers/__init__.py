"""The servers that are compared, each a program that is given a port."""
