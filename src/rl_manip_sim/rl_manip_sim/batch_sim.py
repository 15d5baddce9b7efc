"""The protocol that every batched simulator of an arm fulfils."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class UnknownBackendError(ValueError):
    """No simulator backend of that name; the message lists the known ones."""


class SimCfgError(ValueError):
    """A number of environments or a time step that cannot be simulated."""


class PhysicsSample(NamedTuple):
    """Physics of k environments whose arm has n joints and m moving links."""

    link_mass_scale: Tensor  # (k, m) mass and inertia over nominal [1]
    payload: Tensor  # (k,) mass at the tool, unknown to gravity compensation [kg]
    joint_friction_scale: Tensor  # (k, n) Coulomb friction over nominal [1]
    joint_damping_scale: Tensor  # (k, n) viscous friction over nominal [1]
    joint_armature_scale: Tensor  # (k, n) rotor inertia over nominal [1]
    contact_friction: Tensor  # (k,) sliding friction coefficient [1]
    servo_lag: Tensor  # (k, n) time by which motion trails the commanded velocity [s]


class BatchSim(Protocol):
    """Many copies of one arm, stepped together; torch tensors on one device.

    The tensors are the simulator's own: read them, do not write or keep them; the next call
    overwrites them. Joint vectors are in the order of ``Arm.joint_names``. Positions and rotations
    are of the tool in the base frame, quaternions xyzw.
    """

    num_envs: int
    num_links: int  # moving links, as PhysicsSample.link_mass_scale counts them
    device: torch.device
    control_dt: float  # time that one step() simulates [s]
    joint_position: Tensor  # (num_envs, n) [rad]
    joint_velocity: Tensor  # (num_envs, n) [rad/s]
    tool_pose: Tensor  # (num_envs, 7) position [m], quaternion xyzw
    tool_velocity: Tensor  # (num_envs, 3) linear velocity [m/s]
    collision: Tensor  # (num_envs,) bool: the arm touches the table or itself

    def step(self, joint_velocity_command: Tensor) -> None:
        """Hold the command for ``control_dt`` seconds.

        Args:
          joint_velocity_command: (num_envs, n) [rad/s], finite.
        """

    def reset(self, env_ids: Tensor, joint_position: Tensor) -> None:
        """Put environments at rest at given joint positions.

        Args:
          env_ids: (k,) int64, each at most once.
          joint_position: (k, n) [rad].
        """

    def randomize(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments (k,) the physics in ``sample`` until they are given another."""
