"""Policies that run in simulation, and training runs that are watched; knows the trainer."""
