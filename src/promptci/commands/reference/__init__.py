"""Commands that print what promptci knows: words, scorers, schemas, completion."""
