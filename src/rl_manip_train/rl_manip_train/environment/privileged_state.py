"""What only a simulator knows of its environments: for critics, which never leave it."""

from __future__ import annotations

import torch
from torch import Tensor

from rl_manip_sim.batch_sim import BatchSim, PhysicsSample
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.signals.signal_path import SignalSample
from rl_manip_sim.signals.stateful import Stateful


class PrivilegedState(Stateful):
    """The physics and signal paths drawn for each episode, and the true state, without noise.

    Args:
      sim: whose environments.
      has_gripper: whether it simulates one.
      scene: whether it simulates an object, a support or a hole.
    """

    def __init__(self, sim: BatchSim, has_gripper: bool, scene: Scene) -> None:
        self._num_envs, self._has_gripper = sim.num_envs, has_gripper
        self._has_object, self._scene = scene.has_object, scene
        self._drawn = torch.zeros(sim.num_envs, 0, device=sim.device)

    def reset(self, env_ids: Tensor, physics: PhysicsSample, signal: SignalSample) -> None:
        """Take note of what environments (k,) have from now on; at first of all environments."""
        known = [value for value in (*physics, *signal) if value is not None]
        drawn = torch.cat([value.reshape(len(env_ids), -1).float() for value in known], dim=1)
        if not self._drawn.shape[1]:
            self._drawn = drawn.new_zeros(self._num_envs, drawn.shape[1])
        self._drawn[env_ids] = drawn

    def read(self, sim: BatchSim) -> Tensor:
        """(N, p) all of it, at present."""
        parts = [
            self._drawn,
            sim.joint_position,
            sim.joint_velocity,
            sim.tool_pose,
            sim.tool_velocity,
        ]
        if self._has_gripper:
            parts.append(sim.gripper_opening[:, None])
        if self._has_object:
            parts += [sim.grip_force[:, None], sim.object_pose, sim.object_velocity]
        if self._scene.support:
            parts.append(sim.support_pose)
        if self._scene.has_hole:
            parts += [sim.hole_pose, sim.wrench]
        return torch.cat(parts, dim=1)
