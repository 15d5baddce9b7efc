"""Learning manipulation: tasks, rewards, PPO, evaluation and export to one policy file."""
