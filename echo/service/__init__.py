"""What ``twistd echo`` starts: settings from the command line, environment and file, and the wiring."""
