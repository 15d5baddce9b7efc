"""The protocol that every batched simulator of an arm fulfils."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional, Protocol

import torch
from torch import Tensor

from rl_manip_sim.known_backends import UnknownBackendError

__all__ = [
    "BackendError",
    "BatchSim",
    "PhysicsSample",
    "SimCfgError",
    "UnknownBackendError",
    "whole_substeps",
]


class BackendError(RuntimeError):
    """A backend that this machine or interpreter cannot run; the message says what it lacks."""


class SimCfgError(ValueError):
    """A number of environments or a time step that cannot be simulated."""


def whole_substeps(num_envs: int, control_dt: float, physics_dt: float) -> int:
    """Simulation steps of ``physics_dt`` [s] in a control step of ``control_dt`` [s].

    Raises:
      SimCfgError: not a whole number of them, or fewer than one environment.
    """
    substeps = round(control_dt / physics_dt) if physics_dt > 0.0 else 0
    if substeps < 1 or abs(substeps * physics_dt - control_dt) > 1e-9:
        raise SimCfgError(
            f"physics_dt is {physics_dt:g} s, expected a whole fraction of "
            f"control_dt ({control_dt:g} s)"
        )
    if num_envs < 1:
        raise SimCfgError(f"num_envs is {num_envs}, expected at least 1")
    return substeps


class PhysicsSample(NamedTuple):
    """Physics of k environments whose arm has n joints and m moving links."""

    link_mass_scale: Tensor  # (k, m) mass and inertia over nominal [1]
    payload: Tensor  # (k,) mass at the tool, unknown to gravity compensation [kg]
    joint_friction_scale: Tensor  # (k, n) Coulomb friction over nominal [1]
    joint_damping_scale: Tensor  # (k, n) viscous friction over nominal [1]
    joint_armature_scale: Tensor  # (k, n) rotor inertia over nominal [1]
    contact_friction: Tensor  # (k,) sliding friction coefficient [1]
    servo_lag: Tensor  # (k, n) time by which motion trails the commanded velocity [s]
    servo_stiffness_scale: Tensor  # (k, n) servo torque per position error over nominal [1]
    # of the object, where the scene has one; else of no meaning, and no shape
    object_shape: Optional[Tensor] = None  # (k,) int64, index into scene.OBJECT_SHAPES
    object_size: Optional[Tensor] = None  # (k, 3) half extents along the object's axes [m]
    object_mass: Optional[Tensor] = None  # (k,) [kg]
    object_friction: Optional[Tensor] = None  # (k,) sliding friction coefficient [1]
    # of the hole, where the scene has one; else None
    hole_shape: Optional[Tensor] = None  # (k,) int64, index into scene.HOLE_SHAPES
    hole_clearance: Optional[Tensor] = None  # (k,) by which the peg is thinner than the hole [m]
    hole_position_error: Optional[Tensor] = None  # (k, 3) where it is said to be minus where it is,
    # in the base frame's axes [m]; no simulator looks at it
    # of the support, where the scene has one; else None
    support_half_width: Optional[Tensor] = None  # (k,) of its square top [m]
    support_half_height: Optional[Tensor] = None  # (k,) [m]
    support_mass: Optional[Tensor] = None  # (k,) [kg]


class BatchSim(Protocol):
    """Many copies of one arm, stepped together; torch tensors on one device.

    The tensors are the simulator's own: read them, do not write or keep them; the next call
    overwrites them. Joint vectors are in the order of ``Arm.joint_names``. Positions and rotations
    are of the tool in the base frame, quaternions xyzw.
    """

    num_envs: int
    num_links: int  # moving links, as PhysicsSample.link_mass_scale counts them
    device: torch.device
    asynchronous: bool  # whether a device computes the tensors while the host goes on, so that
    # whoever asks for a figure waits; False where it is not said
    physics_every: int  # of so many batches of resets one is worth new physics, because that costs
    # every environment; 1 where it is not said
    control_dt: float  # time that one step() simulates [s]
    joint_position: Tensor  # (num_envs, n) [rad]
    joint_velocity: Tensor  # (num_envs, n) [rad/s]
    tool_pose: Tensor  # (num_envs, 7) position [m], quaternion xyzw
    tool_velocity: Tensor  # (num_envs, 3) linear velocity [m/s]
    collision: Tensor  # (num_envs,) bool: the arm or the gripper's body touches the table, or the
    # arm itself; what fingers and object touch is no collision
    # only where the arm carries a gripper:
    gripper_opening: Tensor  # (num_envs,) distance of the fingers [m]
    grip_force: Tensor  # (num_envs,) smaller one of the fingers' forces on the object [N]
    # only where the scene has an object:
    object_pose: Tensor  # (num_envs, 7) of its middle: position [m], quaternion xyzw
    object_velocity: Tensor  # (num_envs, 6) linear [m/s], angular [rad/s], in the base frame's axes
    # only where the scene has a support:
    support_pose: Tensor  # (num_envs, 7) of its middle: position [m], quaternion xyzw
    # only where the scene has a hole:
    hole_pose: Tensor  # (num_envs, 7) of the middle of its mouth, z out of it: [m], quaternion xyzw
    wrench: Tensor  # (num_envs, 6) force [N] and torque [N m] that contact of the peg does to the
    # tool, about its origin and in its axes, in the last simulation step

    def step(
        self, joint_velocity_command: Tensor, gripper_command: Optional[Tensor] = None
    ) -> None:
        """Hold the commands for ``control_dt`` seconds.

        Args:
          joint_velocity_command: (num_envs, n) [rad/s], finite.
          gripper_command: (num_envs,) wanted opening [m], finite; None repeats the last one.
        """

    def reset(
        self,
        env_ids: Tensor,
        joint_position: Tensor,
        gripper_opening: Optional[Tensor] = None,
        object_pose: Optional[Tensor] = None,
        hole_pose: Optional[Tensor] = None,
        support_pose: Optional[Tensor] = None,
    ) -> None:
        """Put environments at rest.

        Args:
          env_ids: (k,) int64, each at most once.
          joint_position: (k, n) [rad].
          gripper_opening: (k,) [m], present and wanted; None for fully open.
          object_pose: (k, 7) position [m], quaternion xyzw; None leaves objects where they are.
          hole_pose: (k, 7) likewise, of holes; given only where the scene has one.
          support_pose: (k, 7) likewise, of supports.
        """

    def randomize(self, env_ids: Tensor, sample: PhysicsSample) -> PhysicsSample:
        """Give environments (k,) the physics in ``sample`` until they are given another.

        Returns:
          What they have now: ``sample``, but for what a backend cannot change any more.
        """

    def trouble(self) -> str:
        """What it had no room for since it was last asked, as a sentence; empty for nothing.

        The host waits for it. A simulator may lack it.
        """

    def state_dict(self) -> Dict[str, Any]:
        """Everything that the next steps follow from, for a checkpoint.

        Raises:
          StateError: a backend whose state cannot be had; its environments start anew instead.
        """

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Go on from ``state`` as if nothing had happened.

        Raises:
          StateError: it is of another number of environments, of another model or backend.
        """
