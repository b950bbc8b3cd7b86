"""Results looked through and losses reviewed on a terminal, with Textual."""
