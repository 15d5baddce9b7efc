"""A goal: whether it is taken, when it is met, when the arm rests at it, what is said of it."""
