"""The Autobahn shell: translates between a WebSocket and a call, and keeps limits and deadlines on the wire."""
