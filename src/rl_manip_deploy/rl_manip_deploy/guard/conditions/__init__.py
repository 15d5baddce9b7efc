"""What the arm's motion rests on, one file each; `velocity_guard.py` puts them together."""
