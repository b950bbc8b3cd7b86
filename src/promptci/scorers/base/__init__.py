"""What scorers stand on."""
