"""What a run writes and reads again: its folder, checkpoints, incidents."""
