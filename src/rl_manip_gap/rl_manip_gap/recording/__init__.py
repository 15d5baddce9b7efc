"""A bag as arrays on one time axis: topics, clocks, values that cannot be true, tables."""
