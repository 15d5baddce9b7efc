"""Bags with known truth and damaged bags, for tests and benchmarks."""
