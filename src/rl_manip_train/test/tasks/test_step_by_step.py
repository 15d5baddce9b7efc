"""The reward sets that lead through a task without a guide, and the starts that go with one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_train.tasks import task_class

GOAL = (0.5, 0.2, 0.025)
LOW, HIGH = 0.025, 0.30


@pytest.fixture(scope="module")
def gripping_arm():
    return load_arm("ur5e", "robotiq_2f85")


def made(arm, name, reward):
    task = task_class(name, reward)(arm, 1, np.random.default_rng(0))
    task.goal_position = torch.tensor([GOAL])
    return task


@pytest.fixture
def task(gripping_arm):
    return made(gripping_arm, "pick_place", "step_by_step")


@pytest.fixture(params=[("pick_place", "step_by_step"), ("grasp", "over_first")], ids=" ".join)
def either_task(gripping_arm, request):
    return made(gripping_arm, *request.param)


def state(thing, tool=None, velocity=(0.0, 0.0, 0.0), grip=40.0, opening=0.05):
    """A tool straight down that holds an object, both on their way."""
    return SimpleNamespace(
        tool_pose=torch.tensor([[*(tool or thing), 1.0, 0.0, 0.0, 0.0]]),
        tool_velocity=torch.tensor([velocity]),
        object_pose=torch.tensor([[*thing, 0.0, 0.0, 0.0, 1.0]]),
        object_velocity=torch.tensor([[*velocity, 0.0, 0.0, 0.0]]),
        grip_force=torch.tensor([grip]),
        gripper_opening=torch.tensor([opening]),
        joint_position=torch.zeros(1, 6),
        joint_velocity=torch.zeros(1, 6),
        collision=torch.tensor([False]),
    )


def earned(task, sim, grip=-1.0):
    """Weighted terms by name; ``grip`` is asked of the fingers, -1 to close and 1 to open."""
    action = torch.tensor([[0.0, 0.0, 0.0, 0.0, grip]])
    terms = task.reward_terms(sim, action, action)
    assert set(terms) == set(task.reward_weights)
    return {name: task.reward_weights[name] * float(value) for name, value in terms.items()}


@pytest.mark.parametrize(
    ("thing", "tool", "grip", "right", "wrong"),
    [
        ((0.5, 0.0, LOW), (0.4, 0.0, 0.20), 0.0, (0.1, 0.0, 0.0), (0.0, 0.0, 0.1)),  # above it
        ((0.5, 0.0, LOW), (0.5, 0.0, 0.20), 0.0, (0.0, 0.0, -0.1), (0.0, 0.0, 0.1)),  # and down
        ((0.5, 0.0, LOW), None, 40.0, (0.0, 0.0, 0.1), (0.0, 0.0, -0.1)),  # up with it
        ((0.5, 0.0, 0.075), None, 40.0, (0.0, 0.1, 0.0), (0.0, -0.1, 0.0)),  # across
        ((0.5, 0.2, 0.125), None, 40.0, (0.0, 0.0, -0.1), (0.0, 0.0, 0.1)),  # and down
    ],
)
def test_each_step_of_the_way_pays(task, thing, tool, grip, right, wrong):
    forth = earned(task, state(thing, tool, right, grip))["progress"]
    back = earned(task, state(thing, tool, wrong, grip))["progress"]
    assert forth > 0.0 > back


def test_every_phase_earns_more_than_the_one_before(task):
    phases = [
        (state((0.5, 0.0, LOW), (0.3, 0.0, 0.2), grip=0.0, opening=0.085), 1.0),
        (state((0.5, 0.0, LOW)), -1.0),
        (state((0.5, 0.0, LOW + 0.05)), -1.0),
        (state((0.5, 0.15, LOW + 0.05)), -1.0),
        (state((0.5, 0.2, LOW + 0.04)), -1.0),
        (state((0.5, 0.2, LOW + 0.02)), -1.0),
        (state((0.5, 0.2, LOW)), -1.0),
        (state((0.5, 0.2, LOW)), 0.5),
        (state((0.5, 0.2, LOW), grip=0.0, opening=0.085), 1.0),
    ]
    sums = [sum(earned(task, phase, grip).values()) for phase, grip in phases]
    assert sums == sorted(sums)
    assert min(np.diff(sums)) > 0.01


def test_lowering_pays_a_centimetre_beside_the_goal_too(task):
    heights = (LOW + 0.05, LOW + 0.03, LOW + 0.01, LOW)
    sums = [sum(earned(task, state((0.511, 0.2, height))).values()) for height in heights]
    assert sums == sorted(sums)


def test_nothing_is_paid_for_dragging_or_for_holding_high(task):
    carried = earned(task, state((0.5, 0.1, LOW + 0.05)))["transport"]
    assert earned(task, state((0.5, 0.1, LOW)))["transport"] < 0.1 * carried
    assert earned(task, state((0.5, 0.1, HIGH)))["transport"] < 0.6 * carried


def test_letting_go_is_paid_for_before_the_fingers_move(task):
    held = state((0.5, 0.2, LOW))
    release = [earned(task, held, grip)["release"] for grip in (-1.0, -0.6, -0.2, 0.2)]
    assert release == sorted(release)
    assert min(np.diff(release)) > 0.1
    assert earned(task, state((0.5, 0.1, LOW)), 1.0)["release"] == 0.0


def test_fingers_are_to_be_open_until_they_are_around_the_object(either_task):
    thing = (0.5, 0.0, LOW)
    above = state(thing, (0.5, 0.0, LOW + 0.06), grip=0.0)
    assert earned(either_task, above, 1.0)["open"] > earned(either_task, above, -1.0)["open"] == 0.0
    around = state(thing, (0.505, 0.0, LOW + 0.01), grip=0.0)
    assert earned(either_task, around, -1.0)["open"] == earned(either_task, above, 1.0)["open"]


def test_a_tool_beside_the_object_goes_up_first(either_task):
    thing, aside = (0.5, 0.0, LOW), 0.38
    low = state(thing, (aside, 0.0, LOW), grip=0.0)
    high = state(thing, (aside, 0.0, LOW + 0.08), grip=0.0)
    assert earned(either_task, low)["approach"] < 0.01 < earned(either_task, high)["approach"]

    def progress(velocity, height):
        moving = state(thing, (aside, 0.0, height), velocity, grip=0.0)
        return earned(either_task, moving)["progress"]

    ahead, up = (0.1, 0.0, 0.0), (0.0, 0.0, 0.1)
    assert progress(up, LOW) > progress(ahead, LOW) == 0.0
    assert progress(ahead, LOW + 0.08) > progress(up, LOW + 0.08)


def test_a_gripped_object_may_be_turned_however_it_is(either_task):
    straight, turned = state((0.5, 0.0, LOW + 0.05)), state((0.5, 0.0, LOW + 0.05))
    turned.object_pose[0, 3:] = torch.tensor([0.0, 0.0, 0.3827, 0.9239])  # an eighth of a turn
    assert earned(either_task, turned)["approach"] == earned(either_task, straight)["approach"]


def test_with_the_object_in_hand_each_step_to_where_it_is_to_be_held_pays(gripping_arm):
    task = made(gripping_arm, "grasp", "over_first")
    below = (GOAL[0], GOAL[1], GOAL[2] - 0.02)
    up, down = (0.0, 0.0, 0.1), (0.0, 0.0, -0.1)
    forth, back = (earned(task, state(below, None, way))["progress"] for way in (up, down))
    assert forth == -back > 0.0


def test_what_is_gripped_at_first_is_low_and_near_its_goal_more_often(gripping_arm):
    def starts(reward):
        task = task_class("pick_place", reward)(gripping_arm, 400, np.random.default_rng(0))
        task.training = True
        everyone = torch.arange(400)
        start = task.draw_start(everyone)
        task.draw_goals(everyone)
        gripped = start.gripper_opening < gripping_arm.gripper.max_opening - 1e-4
        aside = (task.goal_position - start.object_pose[:, :3])[gripped, :2].norm(dim=1)
        tool = gripping_arm.forward_kinematics(start.joint_position[gripped].double().numpy())
        return (
            float(gripped.float().mean()),
            float((aside < 0.02).float().mean()),
            float(np.median(tool.position[:, 2])),
        )

    gripped, near, height = starts("step_by_step")
    plain_gripped, plain_near, plain_height = starts("dense")
    assert gripped == pytest.approx(0.3, abs=0.07)
    assert plain_gripped == pytest.approx(0.2, abs=0.06)
    assert near > 2.0 * plain_near
    assert height < 0.75 * plain_height
