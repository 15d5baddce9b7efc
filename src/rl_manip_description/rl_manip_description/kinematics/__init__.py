"""Chains of joints: forward kinematics, and what a URDF says of links and joints."""
