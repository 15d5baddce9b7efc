"""What the workspace knows about an arm and a gripper, and the files that it comes from."""
