"""Reach around one MuJoCo simulation, as a Gymnasium environment: what others vectorise."""

from __future__ import annotations

from typing import Any

import gymnasium
import mujoco
import numpy as np

from rl_manip_description import load_arm
from rl_manip_sim.models.arm_model import TOOL_SITE, build_arm_spec

EPISODE_STEPS = 100


class ReachGymEnv(gymnasium.Env):
    """The arm, time steps and episode length of the reach task; nothing is randomised."""

    def __init__(self, physics_dt: float, substeps: int, velocity_limit: float) -> None:
        self._arm = load_arm("ur5e")
        self._model = build_arm_spec(self._arm, physics_dt, visual=False).compile()
        self._data = mujoco.MjData(self._model)
        self._substeps, self._limit = substeps, velocity_limit
        self._tool = self._model.site(TOOL_SITE).id
        n = self._arm.num_joints
        self._goal, self._age = np.zeros(3), 0
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (n,), np.float32)
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (2 * n + 6,), np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict]:
        """Home, and a new goal."""
        super().reset(seed=seed)
        mujoco.mj_resetData(self._model, self._data)
        self._data.qpos[:] = self._data.act[:] = self._arm.home
        self._goal = self._arm.workspace.sample(1, self.np_random)[0]
        self._age = 0
        mujoco.mj_forward(self._model, self._data)
        return self._observation(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """One control period at velocities (n,) over the limit."""
        data = self._data
        data.ctrl[:] = self._limit * np.clip(action, -1.0, 1.0)
        mujoco.mj_step(self._model, data, self._substeps)
        self._age += 1
        distance = float(np.linalg.norm(data.site_xpos[self._tool] - self._goal))
        collision = data.ncon > 0
        truncated = self._age >= EPISODE_STEPS
        return self._observation(), -distance, collision, truncated, {}

    def _observation(self) -> np.ndarray:
        data = self._data
        parts = (data.qpos, data.qvel, data.site_xpos[self._tool], self._goal)
        return np.concatenate(parts).astype(np.float32)
