"""What is around the arm in a recording: frames, tool, gripper, object."""
