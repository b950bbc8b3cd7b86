"""What files say, as frozen values: prompts, evals, configuration, requests."""
