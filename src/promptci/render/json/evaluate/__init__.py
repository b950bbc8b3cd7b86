"""What commands that ask models report."""
