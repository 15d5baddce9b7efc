"""A stand-in for Isaac Gym Preview 4: just the calls that the backend makes, strict about use.

It refuses what the real one refuses, or worse, takes silently and gets wrong: an import after
torch, tensors before the simulation is prepared, indices that are not int32, tensors that are not
contiguous or do not live until the step, a second call of a setter in one step, a centre of mass
that moves, masses, materials and joints that change after set-up, more materials than there is room
for, thick shells round shapes, small buffers, a second simulation beside the first. What is written
into a state tensor and not set is lost with the next refresh. MuJoCo moves the arms.
"""

import sys

if "torch" in sys.modules:
    raise ImportError("PyTorch was imported before isaacgym modules.")
