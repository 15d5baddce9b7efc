"""Makes an arm's two files, YAML and URDF, out of a URDF of somebody else's."""
