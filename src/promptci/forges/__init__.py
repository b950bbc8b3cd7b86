"""Comments on pull requests: one, kept up to date, on the forges that teams use."""
