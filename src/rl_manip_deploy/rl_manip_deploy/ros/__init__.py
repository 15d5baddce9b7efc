"""The processes on the robot's computer: one file per node, and what two of them share."""
