"""What all scorers use."""
