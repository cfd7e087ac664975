"""What is loaded into the daemon's process before anything else: this folder in front on its PYTHONPATH."""
