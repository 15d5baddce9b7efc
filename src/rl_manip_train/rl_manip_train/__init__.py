"""Learning manipulation: tasks, rewards, algorithms, evaluation and export to one policy file."""

import rl_manip_sim  # noqa: F401  it imports Isaac Gym, which has to come before torch
