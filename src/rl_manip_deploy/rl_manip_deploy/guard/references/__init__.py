"""Where the arm is to be, for controllers that take positions: commanded velocities, integrated."""
