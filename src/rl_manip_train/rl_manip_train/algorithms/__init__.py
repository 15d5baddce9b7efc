"""PPO, SAC, imitation, and what all learners share."""
