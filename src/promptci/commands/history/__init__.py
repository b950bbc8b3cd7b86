"""Commands on commits and their score records."""
