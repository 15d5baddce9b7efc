"""`ros2 launch` for machines whose ROS 2 lacks the ros2launch package."""
