"""Joint states as a driver sends them: which can be true, how fresh they are, what is missing."""
