"""The robot that `sim_arm_node` simulates, hazards and hidden parameters included; no ROS."""
