"""The cockpit: arm, guard, goal and stop on one page in a browser."""
