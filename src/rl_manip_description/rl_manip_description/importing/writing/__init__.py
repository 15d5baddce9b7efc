"""Writes the arm's own files."""
