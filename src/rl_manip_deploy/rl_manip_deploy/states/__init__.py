"""Joint states as they come from a driver: which can be true, how fresh they are, what is missing."""
