"""Many calls at once from one process, and whether it was the application or the phone that was slow."""
