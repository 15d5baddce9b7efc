"""How a run is watched: figures, progress, displays, learning curves."""
