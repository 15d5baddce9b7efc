"""Formulas of figures and of their confidence intervals; delay and gain."""
