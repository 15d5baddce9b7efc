"""Experience: rollouts with advantages, replay, hindsight."""
