"""What was noted of runs: their logs, and outputs that somebody else recorded."""
