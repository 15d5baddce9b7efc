"""Models of arm, gripper, objects and table, as simulators take them."""
