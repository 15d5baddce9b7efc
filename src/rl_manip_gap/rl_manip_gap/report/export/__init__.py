"""A recording beside its simulation, as files for other programs."""
