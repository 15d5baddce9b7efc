"""The page itself, on viser: the scene, the panel, and who may press what."""
