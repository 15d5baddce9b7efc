"""A task for rl_manip that lives in a package of its own: put a peg into a hole."""
