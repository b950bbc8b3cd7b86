"""Evaluate a plan: what to ask, who asks it, what comes back."""
