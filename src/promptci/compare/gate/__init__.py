"""The gate: which losses of a change fail it, and how the rules themselves changed."""
