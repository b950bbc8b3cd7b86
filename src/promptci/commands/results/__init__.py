"""Commands on what is stored: answers, pages, the cache."""
