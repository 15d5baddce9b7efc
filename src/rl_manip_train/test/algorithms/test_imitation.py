"""A guided start: the actor comes to do what the guide does."""

from __future__ import annotations

import numpy as np
import torch

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.algorithms.finite_guard import FiniteGuard
from rl_manip_train.algorithms.ppo import PPO
from rl_manip_train.environment.environment import Environment
from rl_manip_train.settings.train_cfg import PPOCfg
from rl_manip_train.tasks.grasp import GraspTask


def test_the_actor_learns_what_the_guide_does_and_goes_on_from_there():
    arm = load_arm("ur5e", "robotiq_2f85")
    task = GraspTask(arm, 32, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", 32, 0.0, PRESETS["none"], 0, num_threads=1)
    cfg = PPOCfg(horizon=10, hidden=(32,), guided_steps=600, guided_std=0.25, minibatches=2)
    learner = PPO(environment, cfg, seed=0, guard=FiniteGuard())
    losses, shares = [], []
    for _ in range(2):  # 320 steps each: done with the second
        shares.append(learner.collect()["charts/guided_share"])
        losses.append(learner.update()["losses/imitation"])
    assert shares == [1.0, 1.0 - 320 / 600]
    assert losses[1] < 0.5 * losses[0]
    wanted = task.guide(environment.sim)
    found = learner.policy(environment.observe()).detach()
    assert float((found - wanted).square().mean()) < 0.5 * float(wanted.square().mean())
    torch.testing.assert_close(learner.actor_critic.log_std.exp(), torch.full((5,), 0.25))
    assert "losses/policy" in {**learner.collect(), **learner.update()}
