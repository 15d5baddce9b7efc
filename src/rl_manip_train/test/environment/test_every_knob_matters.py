"""Every range of the randomisation changes what comes of a task: none is there for show.

But for `contact_friction`: where an arm rubs on the table, an episode of the tasks here has ended.
It is for tasks of other packages; what it does, the contract of the backends shows.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.randomization.drawing import OF_A_HOLE, OF_A_SUPPORT
from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg, Range
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.tasks.insert import InsertTask
from rl_manip_train.tasks.stack import StackTask

POLICIES = Path(__file__).resolve().parents[4] / "policies"
ARMS, STEPS = 6, 100  # four seconds: the object has been lifted and carried
ALL_KNOBS = {item.name for item in dataclasses.fields(RandomizationCfg)}
OF_HOLES = {name for name in ALL_KNOBS if name.startswith(OF_A_HOLE)}
OF_SUPPORTS = {name for name in ALL_KNOBS if name.startswith(OF_A_SUPPORT)}
KNOBS = ALL_KNOBS - OF_HOLES - OF_SUPPORTS - {"contact_friction"}
LEAST = 2e-5  # [m] by which a path changes at least, on average over arms and time; or [N], [N m]


def paths(randomization: RandomizationCfg) -> torch.Tensor:
    """Tool's and object's places (STEPS, ARMS, 6) [m] under the shipped pick_place policy."""
    policy = load_onnx_policy(POLICIES / "ur5e_pick_place" / "policy.onnx")
    arm, task = policy.arm_and_task()
    task = type(task)(arm, ARMS, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", ARMS, 0.0, randomization, 0, num_threads=1)
    seen = []
    for _ in range(STEPS):
        environment.drive(policy.act(environment))
        sim = environment.sim
        seen.append(torch.cat([sim.tool_pose[:, :3], sim.object_pose[:, :3]], dim=1).clone())
    return torch.stack(seen)


@pytest.fixture(scope="module")
def nominal():
    return paths(PRESETS["none"])


def furthest(name: str) -> float:
    """The end of a knob's aggressive range that is further from nominal."""
    usual, wide = getattr(PRESETS["none"], name).low, getattr(PRESETS["aggressive"], name)
    return max(wide, key=lambda end: abs(end - usual))


@pytest.mark.parametrize("name", sorted(KNOBS))
def test_a_knob_alone_changes_where_tool_and_object_go(nominal, name):
    end = furthest(name)
    changed = paths(dataclasses.replace(PRESETS["none"], **{name: Range(end, end)}))
    assert (changed - nominal).abs().mean() > LEAST


def test_the_same_physics_leads_to_the_same_place(nominal):
    assert torch.equal(paths(PRESETS["none"]), nominal)


def pressed(randomization: RandomizationCfg) -> torch.Tensor:
    """The peg's way and what a policy of insert is told [m, N, N m] (STEPS, ARMS, 12)."""
    arm = load_arm("ur5e")
    task = InsertTask(arm, ARMS, np.random.default_rng(0))
    task.training = True  # some begin on the hole's edge, and in it
    environment = Environment(task, arm, "mujoco", ARMS, 0.0, randomization, 0, num_threads=1)
    down = torch.zeros(ARMS, task.action_width)
    down[:, 2] = -0.3
    seen = []
    for _ in range(STEPS):
        environment.step(down)
        place = environment.sim.tool_pose[:, :3]
        told = environment.readings().wrench
        seen.append(torch.cat([place, task.goal_position, told], dim=1).clone())
    return torch.stack(seen)


@pytest.fixture(scope="module")
def nominally_pressed():
    return pressed(PRESETS["none"])


@pytest.mark.parametrize("name", sorted(OF_HOLES))
def test_a_knob_of_holes_changes_the_way_or_what_is_told(nominally_pressed, name):
    end = furthest(name)
    changed = pressed(dataclasses.replace(PRESETS["none"], **{name: Range(end, end)}))
    assert (changed - nominally_pressed).abs().mean() > LEAST


def shoved(randomization: RandomizationCfg) -> torch.Tensor:
    """The places of blocks that objects are put into the sides of (STEPS / 5, ARMS, 3) [m]."""
    arm = load_arm("ur5e", "robotiq_2f85")
    task = StackTask(arm, ARMS, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", ARMS, 0.0, randomization, 0, num_threads=1)
    sim, everyone = environment.sim, torch.arange(ARMS)
    pose = sim.support_pose.clone()
    pose[:, 0] += 0.05
    pose[:, 2] = task.object_size[:, 2]
    sim.reset(everyone, sim.joint_position.clone(), None, pose)
    seen = []
    for _ in range(STEPS // 5):
        sim.step(torch.zeros(ARMS, 6))
        seen.append(sim.support_pose[:, :3].clone())
    return torch.stack(seen)


@pytest.mark.parametrize("name", sorted(OF_SUPPORTS))
def test_a_knob_of_supports_changes_where_they_are(name):
    end = furthest(name)
    changed = shoved(dataclasses.replace(PRESETS["none"], **{name: Range(end, end)}))
    assert (changed - shoved(PRESETS["none"])).abs().mean() > LEAST
