"""The git repository: revisions, trees, commits."""
