"""What runs a policy file without ROS: the file, where its inputs come from, one control step."""
