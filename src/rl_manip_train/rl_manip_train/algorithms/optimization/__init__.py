"""How networks are changed step by step: within which bounds, and what is not finite."""
