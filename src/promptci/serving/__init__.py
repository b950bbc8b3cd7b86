"""One page served on this machine to whoever knows its address, and told when it is new."""
