"""A peer's own loop and the policy file in simulation: the same goals in pairs, the same states."""

from __future__ import annotations

import numpy as np
import torch

from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks.reach import ReachTask

GOALS, STEPS = 50, 500


@torch.no_grad()
def compare(arm, bare, policy) -> None:
    """Assert that both meet the same goals, with the same commands.

    Args:
        arm: which arm.
        bare: the peer's loop: of an environment to joint velocities (N, n) [rad/s], in a tuple.
        policy: the file, ready to run.
    """
    ends = []
    for drive in (bare, policy.act):
        environment = _environment(arm, GOALS)
        for _ in range(environment.episode_steps):
            step = environment.drive(drive(environment))
        ends.append((step.success.numpy(), step.goal_distance.numpy()))
    (bare_met, bare_left), (met, left) = ends
    print(
        f"\nmet {bare_met.sum()} and {met.sum()} of {GOALS}, {(bare_met == met).sum()} pairs "
        f"alike; left {1e3 * bare_left.mean():.2f} and {1e3 * left.mean():.2f} mm, in pairs at "
        f"most {1e3 * np.abs(bare_left - left).max():.4f} mm apart"
    )
    assert met.mean() >= 0.8
    assert (bare_met == met).all()
    environment, apart = _environment(arm, 1), 0.0
    for _ in range(STEPS):
        (commands,), (expected,) = policy.act(environment), bare(environment)
        apart = max(apart, float((commands - expected).abs().max()))
        environment.drive((expected,))
    print(f"commands of {STEPS} steps are {apart:.2g} rad/s apart at most")
    assert apart <= 1e-5


def _environment(arm, count):
    task = ReachTask(arm, count, np.random.default_rng(3))
    return Environment(task, arm, "mujoco", count, 0.0, PRESETS["none"], 3, num_threads=1)
