"""Simulation against arm: measured, paired, goal by goal, over several policies, live."""
