"""Samples that are nominal but for what a check names."""

from __future__ import annotations

from typing import Any, Optional

import torch

from rl_manip_sim.batch_sim import BatchSim, PhysicsSample
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_sim.signals.signal_path import SignalSample


def physics(sim: BatchSim, count: Optional[int] = None, **changed: Any) -> PhysicsSample:
    """The nominal physics of ``count`` environments, with fields replaced.

    A replacement is one figure, or one per environment.
    """
    count = sim.num_envs if count is None else count
    nominal, _ = PRESETS["none"].draw(
        count, sim.joint_position.shape[1], sim.num_links, torch.Generator().manual_seed(0)
    )
    replaced = {}
    for name, value in changed.items():
        like = getattr(nominal, name)
        column = torch.as_tensor(value, dtype=torch.float32).reshape(-1, *[1] * (like.dim() - 1))
        replaced[name] = column.expand_as(like).clone()
    sample = nominal._replace(**replaced)
    return PhysicsSample(*(None if value is None else value.to(sim.device) for value in sample))


def nominal_signal(count: int, num_joints: int = 6) -> SignalSample:
    """Signal paths that pass everything through."""
    _, signal = PRESETS["none"].draw(count, num_joints, 6, torch.Generator().manual_seed(0))
    return signal
