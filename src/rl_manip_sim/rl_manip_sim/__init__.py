"""Batched simulation of robot arms: one protocol, several backends, randomisation."""

from rl_manip_sim import isaacgym_import  # noqa: F401  before any module that imports torch
