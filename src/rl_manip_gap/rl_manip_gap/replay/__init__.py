"""Recorded commands in simulation: the twin and its open-loop replay."""
