"""Files that are one prompt: Prompty and Dotprompt."""
