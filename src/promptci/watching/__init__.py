"""Files that are saved while somebody works: what they change, and what moved by it."""
