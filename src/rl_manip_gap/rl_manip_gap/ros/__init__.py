"""The nodes of the gap: live figures, and the motion that shows an arm."""
