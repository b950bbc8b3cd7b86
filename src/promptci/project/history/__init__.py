"""What is committed or stored already: read, compared and shown without asking a model."""
