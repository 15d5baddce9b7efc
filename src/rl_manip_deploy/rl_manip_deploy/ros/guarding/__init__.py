"""What the guard's node is made of: its parameters, and what it hears of the robot."""
