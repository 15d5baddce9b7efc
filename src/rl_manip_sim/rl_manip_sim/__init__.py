"""Batched simulation of robot arms: one protocol, several backends, randomisation."""
