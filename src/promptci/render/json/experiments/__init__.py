"""What experiments report."""
