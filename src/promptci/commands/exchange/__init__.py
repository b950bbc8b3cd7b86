"""Commands that move data in from other tools, and out to them."""
