"""Episodes drawn and written as picture sequences."""
