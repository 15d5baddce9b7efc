"""What the files of the workspace promise each other: metadata, strict JSON, whole or absent."""
