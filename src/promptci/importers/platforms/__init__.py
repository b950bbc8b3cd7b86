"""Prompts and datasets as Langfuse and LangSmith export them."""
