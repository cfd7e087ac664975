"""Connections that we open: TLS as a client, HTTP in bounds, and why there was no answer."""
