"""The command line of echo-phone: one module for each command."""
