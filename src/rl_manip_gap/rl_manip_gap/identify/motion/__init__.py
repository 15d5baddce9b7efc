"""Motions that show an arm: tones that tell its parameters, moves that try them."""
