"""A run spread over many machines: blocks of examples, and one coordinator for all of them."""
