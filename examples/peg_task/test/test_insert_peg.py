"""The peg, its hole and the task, by figures worked out by hand; and that it can be done."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from peg_task.hole import BLOCK, DEPTH, LENGTH, PLAY, fit, pointing, turned
from peg_task.insert_peg import InsertPegTask

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks import TASKS, task_class

DOWN = [1.0, 0.0, 0.0, 0.0]  # half a turn about x: the tool's z axis points down


@pytest.fixture(scope="module")
def arm():
    return load_arm("ur5e")


def make(arm, count):
    torch.set_num_threads(1)
    return InsertPegTask(arm, count, np.random.default_rng(0))


def poses(*rows):
    return torch.tensor([[*position, *rotation] for position, rotation in rows])


def test_it_is_found_by_its_name():
    assert TASKS.find("insert_peg").package in ("peg_task", "peg-task")
    assert task_class("insert_peg") is InsertPegTask


def test_fit_by_hand():
    goal = poses(((0.5, 0.0, 0.2), DOWN))
    # 3 cm above the bottom and 4 mm aside
    peg = fit(poses(((0.5, 0.004, 0.23), DOWN)), goal)
    torch.testing.assert_close(peg.height, torch.tensor([0.03]))
    torch.testing.assert_close(peg.aside, torch.tensor([0.004]))
    # leaning by 0.1 rad about the tool the tip moves by the peg's length: 0.1 sin 0.1, 0.1 cos 0.1
    lean = [math.cos(0.05), 0.0, 0.0, math.sin(0.05)]
    peg = fit(poses(((0.5, 0.0, 0.2), lean)), goal)
    assert float(peg.aside) == pytest.approx(LENGTH * math.sin(0.1), abs=1e-6)
    assert float(peg.height) == pytest.approx(LENGTH * (1.0 - math.cos(0.1)), abs=1e-6)


@pytest.mark.parametrize(
    ("aside", "height", "jammed"),
    [
        (0.0, 0.0, False),  # at the bottom
        (PLAY - 0.001, DEPTH / 2.0, False),
        (PLAY + 0.001, DEPTH / 2.0, True),
        (PLAY + 0.001, DEPTH + 0.001, False),  # over the block
        (BLOCK + 0.001, 0.0, False),  # beside it
    ],
)
def test_only_a_tip_in_the_block_is_jammed(aside, height, jammed):
    goal = poses(((0.5, 0.0, 0.2), DOWN))
    assert fit(poses(((0.5 + aside, 0.0, 0.2 + height), DOWN)), goal).jammed.tolist() == [jammed]


def test_turned_by_hand():
    quarter = torch.tensor([math.pi / 2.0])
    # a quarter turn about x lays the downward z axis along +y
    found = turned(torch.tensor([DOWN]), torch.tensor([[1.0, 0.0, 0.0]]), quarter)
    torch.testing.assert_close(pointing(found), torch.tensor([[0.0, 1.0, 0.0]]), atol=1e-6, rtol=0)


def test_holes_are_where_they_shall_be(arm):
    task = make(arm, 400)
    task.draw_goals(torch.arange(400))
    assert task.goal_region.contains(task.goal_position.numpy()).mean() > 0.9  # tilt moves the tool
    lean = torch.acos(-pointing(task.goal_orientation)[:, 2])
    assert 0.2 < float(lean.max()) <= 0.25 + 1e-5
    bottom = task.goal_position + LENGTH * pointing(task.goal_orientation)
    assert 0.02 <= float(bottom[:, 2].min()) < float(bottom[:, 2].max()) <= 0.12
    near, far = arm.practice.table_ring
    radius = bottom[:, :2].norm(dim=1)
    assert near <= float(radius.min()) < float(radius.max()) <= far
    start = arm.forward_kinematics(task.draw_start(torch.arange(400)).joint_position.numpy())
    tip = start.position + LENGTH * pointing(torch.tensor(start.quaternion)).numpy()
    assert tip[:, 2].min() > 0.12 + DEPTH - 1e-6


@pytest.mark.parametrize(
    ("away", "lean", "speed", "met"),
    [
        ((0.0, 0.0049, 0.0), 0.0, 0.0, True),
        ((0.0, 0.0051, 0.0), 0.0, 0.0, False),
        ((0.0, 0.0, 0.0), 0.049, 0.0, True),
        ((0.0, 0.0, 0.0), 0.051, 0.0, False),
        ((0.0, 0.0, 0.0), 0.0, 0.021, False),
    ],
)
def test_inserted_is_near_straight_and_at_rest(arm, away, lean, speed, met):
    task = make(arm, 1)
    task.goal_position, task.goal_orientation = (
        torch.tensor([[0.5, 0.0, 0.2]]),
        torch.tensor([DOWN]),
    )
    half = lean / 2.0
    tool = poses(((0.5 + away[0], away[1], 0.2 + away[2]), [math.cos(half), 0, 0, math.sin(half)]))
    sim = type("Sim", (), {"tool_pose": tool, "tool_velocity": torch.tensor([[speed, 0.0, 0.0]])})
    assert task.success(sim).tolist() == [met]


def test_reward_terms_by_hand(arm):
    task = make(arm, 2)
    task.goal_position = torch.tensor([[0.5, 0.0, 0.2]]).repeat(2, 1)
    task.goal_orientation = torch.tensor([DOWN]).repeat(2, 1)
    sim = type(
        "Sim",
        (),
        {
            # at the bottom, and 10 cm aside at that height: on the table beside the block
            "tool_pose": poses(((0.5, 0.0, 0.2), DOWN), ((0.5, 0.1, 0.2), DOWN)),
            "tool_velocity": torch.zeros(2, 3),
            "joint_velocity": torch.full((2, 6), 0.75),
            "collision": torch.zeros(2, dtype=torch.bool),
        },
    )
    terms = task.reward_terms(sim, torch.full((2, 6), 0.5), torch.zeros(2, 6))
    assert sorted(terms) == sorted(task.reward_weights)
    found = {name: value.tolist() for name, value in terms.items()}
    assert found["approach"] == pytest.approx([1.0, 1.0 - math.tanh(1.0)], abs=1e-5)
    assert found["over"] == pytest.approx([1.0, 0.0], abs=1e-5)
    assert found["insert"] == pytest.approx([1.0, 0.0], abs=1e-4)
    assert found["success"] == [1.0, 0.0]
    assert found["hit"] == [0.0, 0.0]
    assert found["action_rate"] == pytest.approx([0.25, 0.25])
    assert found["joint_speed"] == pytest.approx([0.25, 0.25])


@pytest.mark.parametrize("name", ["ur5e", "ur3e"])
def test_the_guide_does_it(name):
    arm = load_arm(name)
    task = make(arm, 16)
    environment = Environment(task, arm, "mujoco", 16, 0.0, PRESETS["default"], 0, num_threads=1)
    intact = torch.ones(16, dtype=torch.bool)
    for _ in range(environment.episode_steps):
        step = environment.step(task.guide(environment.sim))
        intact &= ~step.terminated
    assert bool(torch.isfinite(step.observation).all())
    assert int((step.success & intact).sum()) >= 14
