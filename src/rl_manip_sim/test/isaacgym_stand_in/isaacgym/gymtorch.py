"""Tensors of torch and of the stand-in, made of each other."""

from __future__ import annotations

import torch

from isaacgym import gymapi


def wrap_tensor(gym_tensor):
    """The simulation's own memory as a torch tensor."""
    gymapi.require(isinstance(gym_tensor, gymapi.Tensor), "wrap_tensor takes a gym tensor")
    return gym_tensor.torch_tensor


def unwrap_tensor(torch_tensor):
    """A descriptor of a torch tensor's memory; it does not keep the tensor alive."""
    gymapi.require(isinstance(torch_tensor, torch.Tensor), "unwrap_tensor takes a torch tensor")
    gymapi.require(torch_tensor.is_contiguous(), "unwrap_tensor takes contiguous tensors only")
    return gymapi.Tensor(torch_tensor, owned=False)
