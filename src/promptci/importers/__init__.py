"""Files of other tools, read as prompts, evals and outputs of this one; nothing of them is run."""
