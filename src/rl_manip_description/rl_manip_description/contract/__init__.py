"""What the files of the workspace promise each other: a policy's metadata, strict JSON."""
