"""What the scores are called that are given beside an answer to a flow's steps and its way."""

STEP = "step "
"""What the labels of steps begin with, before their names."""

CONTROL = "control flow"
"""The label of the way that was taken."""
