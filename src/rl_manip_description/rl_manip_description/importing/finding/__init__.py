"""Finds what no file says: shapes, free poses, home, goals, stops."""
