"""What there is to evaluate at one state of the files."""
