"""Frames beside the base: where they are, by the description, by a person's file, by TF."""
