"""Did the arm follow these commands at all? Decided before any figure is interpreted."""
