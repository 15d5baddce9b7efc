"""What all backends do alike: how they are set up, asked and refused."""

from __future__ import annotations

from typing import Any, Dict, Optional

import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import PhysicsSample, SimCfgError, whole_substeps
from rl_manip_sim.models.scene import Scene, SceneError
from rl_manip_sim.signals.stateful import StateError

Given = Optional[Tensor]
EVERYONE = slice(None)
"""Every environment, as an index."""


class BackendBase:
    """A ``BatchSim`` but for its physics, which come as ``_step``, ``_reset`` and ``_randomize``.

    A backend that simulates holes has ``_place_holes`` too, one that simulates supports
    ``_place_supports``; both are followed by ``_reset``.

    Args:
      arm: which arm.
      num_envs: number of environments, >= 1.
      control_dt: time that one ``step`` simulates [s].
      physics_dt: simulation step [s]; divides ``control_dt``.
      scene: what stands on the table.

    Raises:
      SimCfgError: a count or time step that cannot be used.
      SceneError: a hole or a support, which the backend does not simulate.
    """

    name: str
    """As ``make_sim`` takes it."""
    device: torch.device
    asynchronous: bool = False
    physics_every: int = 1
    simulates_holes: bool = False
    simulates_supports: bool = False

    def __init__(
        self, arm: Arm, num_envs: int, control_dt: float, physics_dt: float, scene: Scene
    ) -> None:
        self._substeps = whole_substeps(num_envs, control_dt, physics_dt)
        self.num_envs, self.control_dt = num_envs, control_dt
        self.num_links = arm.num_joints
        self.has_gripper, self.has_object = arm.gripper is not None, scene.has_object
        self.has_hole, self.has_support = scene.has_hole, scene.support
        if self.has_hole and not self.simulates_holes:
            raise SceneError(
                f"{self.name} does not simulate holes, expected a backend that does: mujoco"
            )
        if self.has_support and not self.simulates_supports:
            raise SceneError(
                f"{self.name} does not simulate supports, expected a backend that does: mujoco, "
                "mujoco_warp"
            )

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
        if self.has_support:
            self.support_pose = torch.zeros(count, 7, device=device)
        if self.has_hole:
            self.wrench = torch.zeros(count, 6, device=device)
            self.hole_pose = torch.zeros(count, 7, device=device)

    def step(
        self, joint_velocity_command: Tensor, gripper_command: Optional[Tensor] = None
    ) -> None:
        """Hold the commands for ``control_dt`` seconds; see ``BatchSim.step``.

        Contacts and grip force are those of the last simulation step.
        """
        opening = gripper_command if self.has_gripper else None
        self._step(joint_velocity_command, opening)

    def reset(
        self,
        env_ids: Tensor,
        joint_position: Tensor,
        gripper_opening: Optional[Tensor] = None,
        object_pose: Optional[Tensor] = None,
        hole_pose: Optional[Tensor] = None,
        support_pose: Optional[Tensor] = None,
    ) -> None:
        """Put environments at rest; see ``BatchSim.reset``."""
        if not len(env_ids):
            return
        if object_pose is not None and not self.has_object:
            raise SimCfgError("object_pose is given, expected none: the scene has no object")
        if hole_pose is not None:
            if not self.has_hole:
                raise SimCfgError("hole_pose is given, expected none: the scene has no hole")
            self._place_holes(env_ids, hole_pose)
        if support_pose is not None:
            if not self.has_support:
                raise SimCfgError("support_pose is given, expected none: the scene has no support")
            self._place_supports(env_ids, support_pose)
        self._reset(env_ids, joint_position, gripper_opening, object_pose)

    def randomize(self, env_ids: Tensor, sample: PhysicsSample) -> PhysicsSample:
        """Give environments the physics in ``sample``; see ``BatchSim.randomize``."""
        return self._randomize(env_ids, sample) if len(env_ids) else sample

    def trouble(self) -> str:
        """Nothing, but for a backend whose memory is bounded; see ``BatchSim.trouble``."""
        return ""

    def _step(self, velocity: Tensor, opening: Given) -> None:
        raise NotImplementedError

    def _reset(self, env_ids: Tensor, joints: Tensor, opening: Given, pose: Given) -> None:
        raise NotImplementedError

    def _place_holes(self, env_ids: Tensor, hole_pose: Tensor) -> None:
        raise NotImplementedError

    def _place_supports(self, env_ids: Tensor, support_pose: Tensor) -> None:
        raise NotImplementedError

    def _randomize(self, env_ids: Tensor, sample: PhysicsSample) -> PhysicsSample:
        raise NotImplementedError

    def state_dict(self) -> Dict[str, Any]:
        """Raises StateError, but for a backend that has its own; see ``BatchSim.state_dict``."""
        raise StateError(f"{self.name} does not give its state")

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Raises StateError, but for a backend that has its own; see ``BatchSim``."""
        raise StateError(f"{self.name} does not take a state")
