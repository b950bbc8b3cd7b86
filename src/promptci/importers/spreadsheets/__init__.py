"""Tables: spreadsheets, data files, and those that export wrote."""
