"""Score records: the values, and the file that is committed."""
