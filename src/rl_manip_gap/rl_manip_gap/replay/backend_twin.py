"""Replay in any simulator that the workspace has, through its batched-simulator protocol.

The protocol puts an arm at rest only. A window begins in motion, so every simulation is started
a run-up earlier, at the place from which the window's first velocity, held, leads to its first
position: tau = kp (set point - q - lag v) carries the friction of v all the way.
"""

from __future__ import annotations

from typing import Optional, Union

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_gap.replay.twin import STICTION_SPEED, TIMESTEP, Twin, TwinMotion
from rl_manip_sim.backends import make_sim, resolve_backend
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.dynamics import NOMINAL
from rl_manip_sim.models.scene import EMPTY, Scene

RUN_UP = 0.3  # fifteen times the servo's lag: the start is forgotten [s]


class BackendTwin:
    """The nominal arm in a backend, as `Twin` is in MuJoCo, contacts included.

    Args:
        arm: which arm.
        backend: name of a backend.

    Raises:
        UnknownBackendError, BackendError: no such backend, or one that this machine cannot run.
    """

    def __init__(self, arm: Arm, backend: str) -> None:
        self.arm = arm
        self.backend = resolve_backend(backend)
        self.timestep = TIMESTEP
        self._sim: Optional[BatchSim] = None

    def run(self, position: np.ndarray, velocity: np.ndarray, commands: np.ndarray) -> TwinMotion:
        """Runs every simulation with its own commands; see `Twin.run`. Torques are not known."""
        count, steps, joints = commands.shape
        if self._sim is None or self._sim.num_envs < count:
            self._sim = make_sim(self.backend, self.arm, count, TIMESTEP, TIMESTEP)
        sim = self._sim
        rows = np.minimum(np.arange(sim.num_envs), count - 1)  # fewer windows: the last again
        run_up(sim, position[rows], velocity[rows])
        given = on_device(sim, commands[rows])
        states = torch.empty((2, steps, sim.num_envs, joints), device=sim.device)
        for step in range(steps):
            sim.step(given[:, step])
            states[0, step], states[1, step] = sim.joint_position, sim.joint_velocity
        moved = states[:, :, :count].cpu().numpy().astype(float).swapaxes(1, 2)
        start = np.stack((position, velocity))[:, :, None]
        return TwinMotion(*np.concatenate((start, moved), axis=2))


def make_twin(arm: Arm, backend: str, num_threads: int = 0) -> Union[Twin, BackendTwin]:
    """What replays recordings of an arm; in MuJoCo whole windows are run at once.

    Args:
        arm: which arm.
        backend: name of a backend.
        num_threads: threads that step the simulations on a CPU; 0 for one per core.

    Raises:
        UnknownBackendError, BackendError: no such backend, or one that this machine cannot run.
    """
    resolved = resolve_backend(backend)
    return (
        Twin(arm, num_threads=num_threads) if resolved == "mujoco" else BackendTwin(arm, resolved)
    )


def sim_of(arm: Arm, backend: str, count: int, control_dt: float, scene: Scene = EMPTY) -> BatchSim:
    """Simulations of an arm whose physics steps are no longer than a replay's.

    Raises:
        BackendError, SceneError: this machine or the backend cannot simulate it.
    """
    substeps = max(1, round(control_dt / TIMESTEP))
    return make_sim(backend, arm, count, control_dt, control_dt / substeps, scene=scene)


def on_device(sim: BatchSim, values: np.ndarray) -> Tensor:
    """Values as a simulator takes them."""
    return torch.as_tensor(values, dtype=torch.float32, device=sim.device)


def run_up(sim: BatchSim, position: np.ndarray, velocity: np.ndarray) -> None:
    """Brings simulations (W, n) to positions [rad] and velocities [rad/s] by holding these."""
    everyone = torch.arange(sim.num_envs, device=sim.device)
    steps = int(np.ceil(RUN_UP / sim.control_dt))
    friction = NOMINAL.coulomb_friction * np.clip(velocity / STICTION_SPEED, -1.0, 1.0)
    friction = friction + NOMINAL.viscous_friction * velocity
    trail = NOMINAL.servo_lag * velocity + friction / NOMINAL.servo_stiffness
    start = position + trail - velocity * steps * sim.control_dt
    sim.reset(everyone, on_device(sim, start))
    held = on_device(sim, velocity)
    for _ in range(steps if velocity.any() else 0):
        sim.step(held)
