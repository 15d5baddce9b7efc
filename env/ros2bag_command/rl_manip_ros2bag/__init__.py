"""`ros2 bag record`, `info` and `play` on the library rosbags, where rosbag2 is absent."""
