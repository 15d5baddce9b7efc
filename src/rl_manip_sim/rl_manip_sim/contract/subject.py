"""What a check is run on, and what each backend promises beyond what all of them do."""

from __future__ import annotations

from dataclasses import dataclass, field
from inspect import isfunction
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm, load_arm
from rl_manip_sim.backends import BACKENDS, make_sim
from rl_manip_sim.batch_sim import BackendError, BatchSim, PhysicsSample
from rl_manip_sim.randomization.randomization_cfg import PRESETS

GRIPPER = "robotiq_2f85"
"""The gripper that checks of handling are made with."""


@dataclass(frozen=True)
class Promise:
    """How exact a backend is; the figures of one in double precision."""

    kinematics: float = 2e-6
    """Largest error of tool position [m] and velocity [m/s] for the joints' own."""
    rest: float = 1e-6
    """Furthest that an arm without a command moves in a second [rad]."""
    repetition: float = 0.0
    """Largest difference of a trajectory run twice, or beside others [rad, rad/s]."""
    trajectory: float = 0.0
    """Largest difference from the mujoco backend after 0.4 s of random commands [rad]."""
    trajectory_velocity: float = 0.0
    """The same of velocities; commands that jump saturate drives, whose clamps differ [rad/s]."""
    object_place: float = 0.0
    """Largest difference from the mujoco backend of an object that is dropped, gripped, moved [m]
    and of its orientation's quaternion [1]."""
    object_speed: float = 0.0
    """The same of its velocity [m/s, rad/s]."""
    grip_force: float = 0.0
    """The same of the grip force [N]."""
    knob: float = 0.02
    """Relative error of what a physical range does to the motion [1]."""
    not_kept: Dict[str, str] = field(default_factory=dict)
    """Checks that it does not pass by its nature, with the reason."""


NO_SUPPORTS = "an environment has one object, and no second body"
PROMISES: Dict[str, Promise] = {
    "mujoco": Promise(),
    "mujoco_warp": Promise(
        kinematics=1e-5,
        rest=1e-5,
        trajectory=5e-5,
        trajectory_velocity=1e-3,
        object_place=1e-4,
        object_speed=2e-3,
        grip_force=0.01,
        knob=0.03,
    ),
    "isaacgym": Promise(
        kinematics=1e-3,
        rest=1e-3,
        repetition=1e-3,
        trajectory=1e-2,
        trajectory_velocity=1.0,
        object_place=1e-2,
        object_speed=0.1,
        grip_force=2.0,
        knob=0.1,
        not_kept={
            "joint_friction": "PhysX has a friction coefficient at joints, no friction torque",
            "objects_change": "PhysX is given objects and arms before the simulation starts",
            "stacked_objects_rest_on_supports": NO_SUPPORTS,
            "objects_fall_off_supports": NO_SUPPORTS,
            "supports_fall": NO_SUPPORTS,
            "support_reset_of_some": NO_SUPPORTS,
            "stacking_as_mujoco": NO_SUPPORTS,
        },
    ),
}
"""By the backend's name."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A backend on this machine."""

    backend: str
    arm: Arm

    @property
    def with_gripper(self) -> Subject:
        """The same with a gripper on the arm."""
        return Subject(self.backend, load_arm(self.arm.name, gripper=GRIPPER))

    @property
    def promise(self) -> Promise:
        """How exact it is: what this workspace's backends are held to, or what another says."""
        return PROMISES.get(self.backend) or BACKENDS.load(self.backend).promise or Promise()

    def make(
        self,
        num_envs: int,
        physics_dt: float = 0.01,
        control_dt: float = 0.04,
        num_threads: int = 1,
        **more: Any,
    ) -> BatchSim:
        """A simulator of that backend; see ``make_sim``."""
        return make_sim(
            self.backend, self.arm, num_envs, control_dt, physics_dt, num_threads, **more
        )

    def home(self, sim: BatchSim, count: int = 0) -> Tensor:
        """(count, n) the arm's home [rad] on the simulator's device; 0 for every environment."""
        pose = torch.tensor(np.array(self.arm.home), dtype=torch.float32, device=sim.device)
        return pose.repeat(count or sim.num_envs, 1)


def checks_in(module: Dict[str, Any]) -> Tuple[Callable[[Subject], None], ...]:
    """The checks of a module, given its globals: its own functions, but private ones, in order."""
    functions = [value for value in module.values() if isfunction(value)]
    own = [check for check in functions if check.__module__ == module["__name__"]]
    return tuple(check for check in own if not check.__name__.startswith("_"))


def mujoco_reference(arm: Arm, *sizes: Any, **more: Any) -> Optional[BatchSim]:
    """The mujoco backend with one thread; None where it cannot run, as in Isaac Gym's interpreter.

    Args:
      arm: which arm.
      sizes: num_envs, control_dt [s], physics_dt [s]; see ``make_sim``.
      more: of its other arguments.
    """
    try:
        return make_sim("mujoco", arm, *sizes, num_threads=1, **more)
    except BackendError:
        return None


def everyone(sim: BatchSim) -> Tensor:
    """Indices of every environment."""
    return torch.arange(sim.num_envs, device=sim.device)


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


def drive(subject: Subject, sim: BatchSim, steps: int = 10, seed: int = 0) -> Tensor:
    """Drive every environment from home by random commands within 0.5 rad/s.

    Returns:
      (steps, num_envs, 2 n) positions [rad] and velocities [rad/s] after each step, on the CPU.
    """
    generator = torch.Generator().manual_seed(seed)
    sim.reset(everyone(sim), subject.home(sim))
    trajectory = []
    for _ in range(steps):
        command = torch.rand(sim.num_envs, subject.arm.num_joints, generator=generator) - 0.5
        sim.step(command.to(sim.device))
        trajectory.append(torch.cat((sim.joint_position, sim.joint_velocity), dim=1).cpu())
    return torch.stack(trajectory)


def assert_same(found: Tensor, expected: Tensor, tolerance: float) -> None:
    """Equal, bit by bit where the tolerance is 0."""
    torch.testing.assert_close(found, expected, rtol=0.0, atol=tolerance)
