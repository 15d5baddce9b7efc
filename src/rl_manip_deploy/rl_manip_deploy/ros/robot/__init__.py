"""Which robot it is: the parameters that nodes share, and the kinematics that they are told."""
