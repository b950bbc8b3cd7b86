"""What commands of comparison report."""
