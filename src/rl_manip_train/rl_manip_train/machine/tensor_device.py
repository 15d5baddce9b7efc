"""Where tensors live that nobody says a device for: where the simulator's do."""

from __future__ import annotations

import torch

from rl_manip_sim.backends.availability import warp_device


def device_type_of(backend: str) -> str:
    """The device of that backend's tensors, "cuda" or "cpu"."""
    if backend == "isaacgym":
        return "cuda"
    return warp_device() if backend == "mujoco_warp" else "cpu"


def use_device_of(backend: str) -> None:
    """Make new tensors of tasks, signal paths and learners on the simulator's device.

    For the whole process, and by the call that torch 1.13 has, too.
    """
    if device_type_of(backend) == "cuda":
        torch.set_default_tensor_type(torch.cuda.FloatTensor)
