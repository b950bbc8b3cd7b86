"""What to ask: evals picked, looked at and fingerprinted, and the tasks made of them."""
