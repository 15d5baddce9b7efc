"""Small environments of the reach task."""

from __future__ import annotations

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks.reach import ReachCfg, ReachTask


@pytest.fixture(scope="session")
def arm():
    return load_arm("ur5e")


@pytest.fixture
def make_environment(arm):
    """Makes a reach environment: make_environment(num_envs, randomization, ..., **reach)."""

    def make(
        num_envs=4,
        randomization="none",
        seed=0,
        staggered=False,
        num_threads=1,
        sparse_termination=None,
        reveals=False,
        **reach,
    ):
        task = ReachTask(arm, num_envs, np.random.default_rng(seed), ReachCfg(**reach))
        ranges = PRESETS[randomization]
        return Environment(
            task,
            arm,
            "mujoco",
            num_envs,
            0.01,
            ranges,
            seed,
            staggered,
            num_threads,
            sparse_termination,
            reveals=reveals,
        )

    return make
