"""Golden sets: grown from logs and by hand, looked at and split."""
