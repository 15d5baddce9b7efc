"""Many episodes of one task, stepped together."""
