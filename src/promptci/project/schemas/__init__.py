"""JSON Schemas of the file formats, for editors."""
