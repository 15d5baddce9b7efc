"""grasp, pick_place and stack on MuJoCo Warp are the tasks that they are on MuJoCo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.backends.availability import WARP_DEVICE_VARIABLE, what_is_missing
from rl_manip_sim.randomization.randomization_cfg import PRESETS, Range
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks.grasp import GraspTask
from rl_manip_train.tasks.pick_place import PickPlaceTask
from rl_manip_train.tasks.stack import StackTask

COUNT, STEPS = 4, 3
NAMES = ("joint_position", "joint_velocity", "goal_position", "gripper_opening", "object_pose")


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch):
    monkeypatch.setenv(WARP_DEVICE_VARIABLE, "cpu")
    if what_is_missing("mujoco_warp"):
        pytest.skip(what_is_missing("mujoco_warp"))


def environment_on(task_class, backend):
    """From the same draws, half of the objects between the fingers."""
    arm = load_arm("ur5e", gripper="robotiq_2f85")
    task = task_class(arm, COUNT, np.random.default_rng(0))
    # fingers that follow late would let go of what is put between them here
    ranges = replace(PRESETS["default"], gripper_delay=Range(0.0, 0.0))
    environment = Environment(task, arm, backend, COUNT, 0.01, ranges, seed=0, num_threads=1)
    sim, some = environment.sim, torch.arange(0, COUNT, 2)
    opening = 2.0 * task.object_size[some, 0] + 0.002
    sim.reset(some, sim.joint_position[some], opening, sim.tool_pose[some])
    return environment


@pytest.mark.parametrize("task_class", [GraspTask, PickPlaceTask, StackTask])
def test_the_same_actions_bring_the_same(task_class):
    reference, subject = (environment_on(task_class, name) for name in ("mujoco", "mujoco_warp"))
    for _ in range(STEPS):
        # one guide for both: it turns a tenth of a millimetre into other commands
        action = reference.task.guide(reference.sim)
        expected, found = reference.step(action), subject.step(action)
        for name, its, mine in zip(NAMES, found.final_inputs, expected.final_inputs):
            tolerance = 2e-3 if name == "object_pose" else 2e-4  # standing ones by 1.1 mm
            torch.testing.assert_close(its, mine, atol=tolerance, rtol=0.0)
        torch.testing.assert_close(found.reward, expected.reward, atol=1e-3, rtol=0.0)
        assert torch.equal(found.terminated, expected.terminated)
    assert float(expected.success_extra[:, 1].max()) > 10.0, "some are gripped"
