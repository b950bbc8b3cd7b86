"""Values in, text out: reports for people and machines. Nothing here prints."""
