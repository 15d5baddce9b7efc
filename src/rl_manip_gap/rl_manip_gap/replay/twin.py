"""The simulated twin: the nominal arm, run open loop from many recorded states at once."""

from __future__ import annotations

from typing import NamedTuple, Optional, Protocol

import mujoco
import mujoco.batch
import numpy as np

from rl_manip_description import Arm
from rl_manip_sim.models.arm_model import build_arm_spec

TIMESTEP = 0.002  # [s]
STICTION_SPEED = 0.01  # below it friction is taken in proportion to speed [rad/s]


class TwinMotion(NamedTuple):
    """Motion of W simulations over S steps, the start included."""

    position: np.ndarray  # (W, S + 1, n) [rad]
    velocity: np.ndarray  # (W, S + 1, n) [rad/s]
    # (W, S + 1, n) of the servos [Nm]; None where the simulator does not tell
    torque: Optional[np.ndarray] = None


def between_steps(series: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values (k, n) of a simulated series (S + 1, n) at times (k,) in time steps, linearly."""
    cell = np.clip(at.astype(int), 0, len(series) - 2)
    share = np.clip(at - cell, 0.0, 1.0)[:, None]
    return series[cell] * (1 - share) + series[cell + 1] * share


class ReplayTwin(Protocol):
    """What a recording is replayed in."""

    arm: Arm
    backend: str  # name of the simulator
    timestep: float  # [s]

    def run(self, position: np.ndarray, velocity: np.ndarray, commands: np.ndarray) -> TwinMotion:
        """See `Twin.run`."""


class Twin:
    """A batch of simulations of one arm.

    Args:
        arm: which arm.
        model: its compiled model; the nominal one where none is given. Its time step is used.
        num_threads: threads that step the simulations; 0 for one per core.
        contacts: whether the arm can touch itself and the table. A replay needs none: what the
            recorded arm moved through was free, whatever it stood on.
    """

    backend = "mujoco"

    def __init__(
        self,
        arm: Arm,
        model: Optional[mujoco.MjModel] = None,
        num_threads: int = 0,
        contacts: bool = False,
    ) -> None:
        self.arm = arm
        self.model = model or build_arm_spec(arm, TIMESTEP, visual=False).compile()
        if not contacts:
            self.model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONTACT)
        self.timestep = float(self.model.opt.timestep)
        self.num_threads = num_threads

    def set_point(self, position: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """Servo set points (W, n) [rad] at which the arm keeps the velocity that it has.

        The servo's torque kp (set point - position - lag velocity) then equals friction.
        """
        model, n = self.model, self.arm.num_joints
        stiffness = model.actuator_gainprm[:n, 0]
        lag = -model.actuator_biasprm[:n, 2] / stiffness
        friction = model.dof_frictionloss[:n] * np.clip(velocity / STICTION_SPEED, -1.0, 1.0)
        torque = friction + model.dof_damping[:n] * velocity
        return position + lag * velocity + torque / stiffness

    def run(self, position: np.ndarray, velocity: np.ndarray, commands: np.ndarray) -> TwinMotion:
        """Runs every simulation with its own commands.

        Args:
            position: (W, n) start [rad].
            velocity: (W, n) start [rad/s].
            commands: (W, S, n) joint velocity command of every time step [rad/s].
        """
        count, steps, n = commands.shape
        batch = self.start(position, velocity)
        # The arm's joints come first; fingers stay as they are.
        control = np.zeros((count, steps, self.model.nu))
        control[:, :, :n] = commands
        record = batch.rollout(steps, control=control, record=("qpos", "qvel", "actuator_force"))
        force = record["actuator_force"][:, :, :n]
        return TwinMotion(
            np.concatenate([position[:, None], record["qpos"][:, :, :n]], axis=1),
            np.concatenate([velocity[:, None], record["qvel"][:, :, :n]], axis=1),
            # A step's forces belong to the state before it; the last state's are not computed.
            np.concatenate([force, force[:, -1:]], axis=1),
        )

    def start(self, position: np.ndarray, velocity: np.ndarray) -> mujoco.batch.Batch:
        """Simulations at given states (W, n), their servos in balance."""
        batch = mujoco.batch.Batch(self.model, len(position), self.num_threads)
        batch.reset()
        n = self.arm.num_joints
        batch.bind("qpos")[:, :n] = position
        batch.bind("qvel")[:, :n] = velocity
        batch.bind("act")[:, :n] = self.set_point(position, velocity)
        return batch
