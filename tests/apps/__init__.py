"""The apps, each on a real call over a recording connection."""
