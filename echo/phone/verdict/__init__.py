"""From the facts of a call to its report: checks, expectations and the exit status. No I/O, no clock."""
