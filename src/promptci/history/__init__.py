"""What commits and their records tell."""
