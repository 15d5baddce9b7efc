"""Reads what a maker publishes: URDF, xacro, meshes, MoveIt's files."""
