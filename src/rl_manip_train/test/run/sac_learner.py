"""Small learners of SAC, alone and with a guide, and their weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.sac import SAC
from rl_manip_train.environment.environment import Environment
from rl_manip_train.settings.train_cfg import SACCfg
from rl_manip_train.tasks.pick_place import PickPlaceCfg, PickPlaceTask

SMALL = SACCfg(
    horizon=2,
    update_ratio=0.5,
    batch_size=16,
    replay_size=800,
    random_steps=16,
    policy_rate=1.0,
    hidden=(16, 16),
)


def learner(environment, cfg=SMALL, seed=0, guard=None):
    return SAC(environment, cfg, seed, guard or FiniteGuard())


def trained(environment, iterations=4, **options):
    sac = learner(environment, **options)
    for _ in range(iterations):
        sac.collect()
        sac.update()
    return sac


def weights(sac):
    parts = {"actor": sac.actor, "critic": sac.critic, "target": sac.target_critic}
    return {
        f"{part}.{name}": value.clone()
        for part, module in parts.items()
        for name, value in module.state_dict().items()
    }


def guided_learner(seed=0):
    """Of pick_place in episodes of 8 steps, all of the first ones the guide's."""
    arm = load_arm("ur5e", "robotiq_2f85")
    task = PickPlaceTask(arm, 8, np.random.default_rng(0), PickPlaceCfg(episode_s=0.32))
    environment = Environment(task, arm, "mujoco", 8, 0.0, PRESETS["none"], 0, num_threads=1)
    return learner(environment, replace(SMALL, guided_steps=10, random_steps=0), seed)
