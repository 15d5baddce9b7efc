"""An arm's parameters from its recordings: the motion that shows them, the fit, its check."""
