"""Where tensors live that nobody says a device for: where the simulator's do."""

from __future__ import annotations

import torch

from rl_manip_sim.backends import device_of_backend


def use_device_of(backend: str) -> None:
    """Make new tensors of tasks, signal paths and learners on the simulator's device.

    For the whole process, and by the call that torch 1.13 has, too.
    """
    if device_of_backend(backend) == "cuda":
        torch.set_default_tensor_type(torch.cuda.FloatTensor)
