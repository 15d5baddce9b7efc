"""What is known of the arm, and what people at the page may do; no ROS, no browser."""
