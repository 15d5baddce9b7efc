"""Tasks draw on the host from tensors that may lie on a GPU, tried where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_train.tasks import REWARDS, TASKS, gripper_for, task_class

OWN = [(name, "dense") for name in TASKS]
SETS = [reward for reward in REWARDS if reward not in REWARDS.also]
REWARDED = [(name, reward) for reward in SETS for name in REWARDS.load(reward).tasks]


class OnDevice(torch.Tensor):
    """A tensor that numpy cannot see until it is brought to the host, as one of a GPU."""

    def cpu(self):
        return self.as_subclass(torch.Tensor)

    def numpy(self):
        raise TypeError("a tensor of a device, expected cpu() first")


@pytest.mark.parametrize(("name", "reward"), [*OWN, *REWARDED])
def test_starts_and_goals_are_drawn_from_tensors_of_a_device(name, reward):
    arm = load_arm("ur5e", gripper_for(name, "auto"))
    task = task_class(name, reward)(arm, 8, np.random.default_rng(0))
    task.training = True
    for key, value in vars(task).items():
        if isinstance(value, torch.Tensor):
            setattr(task, key, value.as_subclass(OnDevice))
    everyone = torch.arange(8)
    for _ in range(3):
        task.draw_start(everyone)
        task.draw_goals(everyone)
