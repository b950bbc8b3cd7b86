"""The driver: it answers generators from the cache or a model, bounded and durable."""
