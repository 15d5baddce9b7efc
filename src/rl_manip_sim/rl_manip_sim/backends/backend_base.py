"""What every backend is set up with, before it simulates anything."""

from __future__ import annotations

from typing import Any, Dict, Optional

import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import SimCfgError, whole_substeps
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.stateful import StateError


class BackendBase:
    """Checked counts and steps of a ``BatchSim``, and the tensors that it fills after a step.

    Args:
      arm: which arm.
      num_envs: number of environments, >= 1.
      control_dt: time that one ``step`` simulates [s].
      physics_dt: simulation step [s]; divides ``control_dt``.
      scene: what stands on the table.

    Raises:
      SimCfgError: a count or time step that cannot be used.
    """

    name: str
    """As ``make_sim`` takes it."""
    device: torch.device

    def __init__(
        self, arm: Arm, num_envs: int, control_dt: float, physics_dt: float, scene: Scene
    ) -> None:
        self._substeps = whole_substeps(num_envs, control_dt, physics_dt)
        self.num_envs, self.control_dt = num_envs, control_dt
        self.num_links = arm.num_joints
        self.has_gripper, self.has_object = arm.gripper is not None, scene.has_object

    def _allocate(self) -> None:
        """The tensors of tool, contacts, gripper and object that the protocol asks for."""
        count, device = self.num_envs, self.device
        self.tool_pose = torch.zeros(count, 7, device=device)
        self.tool_velocity = torch.zeros(count, 3, device=device)
        self.collision = torch.zeros(count, dtype=torch.bool, device=device)
        if self.has_gripper:
            self.gripper_opening = torch.zeros(count, device=device)
            self.grip_force = torch.zeros(count, device=device)
        if self.has_object:
            self.object_pose = torch.zeros(count, 7, device=device)
            self.object_velocity = torch.zeros(count, 6, device=device)

    def _check_object_pose(self, object_pose: Optional[Tensor]) -> None:
        if object_pose is not None and not self.has_object:
            raise SimCfgError("object_pose is given, expected none: the scene has no object")

    def state_dict(self) -> Dict[str, Any]:
        """Raises StateError, but for a backend that has its own; see ``BatchSim.state_dict``."""
        raise StateError(f"{self.name} does not give its state")

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Raises StateError, but for a backend that has its own; see ``BatchSim``."""
        raise StateError(f"{self.name} does not take a state")
