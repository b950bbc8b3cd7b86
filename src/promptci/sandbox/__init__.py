"""What must not run in this process: children with limits."""
