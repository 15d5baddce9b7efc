"""The simulated twin; the only room that needs MuJoCo."""
