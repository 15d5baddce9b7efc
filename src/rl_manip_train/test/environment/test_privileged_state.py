"""What only the simulator knows: as drawn, as it truly is, and of the right episode."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks import gripper_for, task_class

N = 3


def make(task_name, reveals=True):
    arm = load_arm("ur5e", gripper_for(task_name, "auto"))
    task = task_class(task_name)(arm, N, np.random.default_rng(0))
    task.keep_pose_probability = 0.0  # each episode has physics of its own
    ranges = PRESETS["aggressive"]
    return Environment(task, arm, "mujoco", N, 0.0, ranges, 0, num_threads=1, reveals=reveals)


def true_state(environment):
    """The last columns, as the simulator has them."""
    sim = environment.sim
    parts = [sim.joint_position, sim.joint_velocity, sim.tool_pose, sim.tool_velocity]
    if environment.task.scene.has_object:
        parts += [sim.gripper_opening[:, None], sim.grip_force[:, None]]
        parts += [sim.object_pose, sim.object_velocity]
    return torch.cat(parts, dim=1)


@pytest.mark.parametrize("task_name", ["reach", "pick_place"])
def test_it_is_the_true_state_and_what_was_drawn(task_name):
    environment = make(task_name)
    width = environment.task.action_width
    drawn = environment.privileged()[:, : -true_state(environment).shape[1]].clone()
    assert len(drawn.unique(dim=0)) == N  # each its own
    for _ in range(5):
        step = environment.step(torch.rand(N, width))
        true = true_state(environment)
        assert torch.equal(step.privileged, torch.cat((drawn, true), dim=1))
        assert torch.equal(step.privileged, step.final_privileged)
        # unlike what the sensors say
        assert not torch.equal(true[:, :6], environment.sensors.joint_position)
    # the mass of each link comes first, the delays are among the signals
    low, high = PRESETS["aggressive"].link_mass_scale
    assert bool(((drawn[:, :6] >= low) & (drawn[:, :6] <= high)).all())
    delays = environment._paths.commands._delayed
    delay = 0.04 * (delays._whole_periods + delays._fraction[:, 0])
    assert bool((drawn - delay[:, None]).abs().min(dim=1).values.max() < 1e-6)


def test_where_an_episode_ends_it_is_of_the_old_one_and_then_of_the_new_one():
    environment = make("reach")
    before = environment.privileged().clone()
    while not bool((step := environment.step(torch.zeros(N, 6))).truncated.all()):
        pass
    known = before.shape[1] - true_state(environment).shape[1]
    assert torch.equal(step.final_privileged[:, :known], before[:, :known])
    assert bool((step.privileged[:, :known] != before[:, :known]).any(dim=1).all())
    assert torch.equal(step.privileged, environment.privileged())
    assert bool(environment.begins.all())


def test_nothing_is_revealed_unless_it_is_asked_for():
    environment = make("reach", reveals=False)
    assert environment.privileged().shape == (N, 0)
    assert environment.step(torch.zeros(N, 6)).final_privileged.shape == (N, 0)
