"""Bringup of the workspace: launch files, layouts, and the demonstration of the whole loop."""
