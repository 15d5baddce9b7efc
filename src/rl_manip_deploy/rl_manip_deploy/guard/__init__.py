"""The velocity guard without ROS: limits, braking, its state machine, and who watches it."""
