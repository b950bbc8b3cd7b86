"""Commands that write and check a project's files."""
