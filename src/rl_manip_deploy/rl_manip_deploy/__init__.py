"""Runs a trained policy on an arm: policy file, policy node, velocity guard, evaluation."""
