"""The training node, and the trainer as its child process."""
