"""One HTML file that answers what changed, why, and how it came about; it asks no server."""
