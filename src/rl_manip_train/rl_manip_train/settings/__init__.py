"""Settings of training: the dataclass, defaults per task, and the same as text."""
