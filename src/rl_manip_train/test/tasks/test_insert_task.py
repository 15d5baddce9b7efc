"""Insert: what is told and felt, when a goal is met, and that its guide puts the peg in."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH
from rl_manip_sim.randomization.randomization_cfg import PRESETS, Range
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks.chosen_action import with_action
from rl_manip_train.tasks.from_above.insert_geometry import hole_and_seat, tip_of
from rl_manip_train.tasks.from_above.insert_observation import InsertObservation
from rl_manip_train.tasks.insert import InsertCfg, InsertTask
from rl_manip_train.tasks.task import TaskError


@pytest.fixture(scope="module")
def arm():
    return load_arm("ur5e")


def made(arm, count, ranges=PRESETS["none"], training=False, action="auto", seed=0, cfg=None):
    task = InsertTask(arm, count, np.random.default_rng(seed), cfg or InsertCfg())
    task = with_action(task, arm, action)
    task.training = training
    return Environment(task, arm, "mujoco", count, 0.0, ranges, seed, num_threads=1)


def test_the_tool_of_a_seated_peg_stands_over_the_hole_and_points_into_it():
    """Mouth at z = 0.2: the tip is 3 cm lower, the tool 10 cm higher than the tip."""
    hole, seat = hole_and_seat(np.array([[0.4, 0.1, 0.2]]), np.array([0.5]))
    np.testing.assert_allclose(seat[0, :3], [0.4, 0.1, 0.2 - HOLE_DEPTH + PEG_LENGTH])
    tip = tip_of(torch.tensor(seat))[0]
    np.testing.assert_allclose(tip, [0.4, 0.1, 0.2 - HOLE_DEPTH], atol=1e-12)
    x, y, z, w = seat[0, 3:]  # the tool's x axis is (1 - 2 (yy + zz), 2 (xy + zw))
    assert math.atan2(2.0 * (x * y + z * w), 1.0 - 2.0 * (y * y + z * z)) == pytest.approx(0.5)
    assert hole[0, 5] == pytest.approx(math.sin(0.25))


def test_the_policy_is_told_a_place_that_is_off_by_what_was_drawn(arm):
    off = Range((0.002, -0.001, 0.0015), (0.002, -0.001, 0.0015))
    environment = made(arm, 8, replace(PRESETS["none"], hole_position_error=off))
    told = environment.task.goal_position
    true = environment.sim.hole_pose[:, :3] + torch.tensor([0.0, 0.0, PEG_LENGTH - HOLE_DEPTH])
    torch.testing.assert_close(told - true, torch.tensor([off.low] * 8), atol=1e-6, rtol=0.0)
    # what is learned from is the true hole
    torch.testing.assert_close(
        environment.task.goal_distance(environment.sim),
        (environment.sim.tool_pose[:, :3] - true).norm(dim=1),
    )


def test_an_error_that_hides_the_hole_is_refused(arm):
    task = InsertTask(arm, 1, np.random.default_rng(0))
    with pytest.raises(TaskError, match="give at most 0.0115 m"):
        task.check(replace(PRESETS["none"], hole_position_error=Range(-0.015, 0.0)))
    with pytest.raises(TaskError, match="gripper none"):
        InsertTask(load_arm("ur5e", "robotiq_2f85"), 1, np.random.default_rng(0))


def test_a_goal_is_met_deep_in_the_hole_at_rest_and_not_turned(arm):
    task = InsertTask(arm, 1, np.random.default_rng(0))
    _, seat = hole_and_seat(np.zeros((4, 3)), np.array([0.0, 0.0, 0.0, 0.2]))
    seat = torch.tensor(seat)
    achieved = seat[:1].repeat(4, 1)
    achieved[0, 2] += 0.006
    achieved[1, 2] += 0.030  # on the face of the block
    achieved[2, 2] += 0.006
    speed = torch.tensor([[0.0], [0.0], [0.03], [0.0]])
    assert task.goal_met(achieved, seat, speed).tolist() == [True, False, False, False]


def test_features_tell_on_which_side_the_peg_stands(arm):
    """A force of 10 N up at r = (8, 0, 0) mm from the tip's middle, in axes with z up: r x F has
    y = -0.08 N m. About the tool, with the tip 0.1 m down its z axis, a force across adds to it.
    """
    home = torch.tensor(np.array(arm.home), dtype=torch.float32)[None]
    tool = arm.forward_kinematics(arm.home)
    position = torch.tensor(tool.position, dtype=torch.float32)[None]
    orientation = torch.tensor(tool.quaternion, dtype=torch.float32)[None]
    model, rest = InsertObservation(arm), torch.zeros(1, 6)

    def torque(force, at):  # in the tool's axes: x as of the heading, y and z against it
        force, at = np.array(force), np.array(at)
        wrench = torch.tensor(np.concatenate((force, np.cross(at, force))), dtype=torch.float32)
        features = model(home, rest, position, orientation, wrench[None])[0]
        return 0.2 * features[19:22]

    expected = torch.tensor([0.0, -0.08, 0.0])
    torch.testing.assert_close(
        torque((0.0, 0.0, -10.0), (0.008, 0.0, 0.1)), expected, atol=1e-5, rtol=0.0
    )
    torch.testing.assert_close(
        torque((3.0, 2.0, -10.0), (0.008, 0.0, 0.1))[:2], expected[:2], atol=1e-5, rtol=0.0
    )


@pytest.mark.parametrize("action", ["level_tool", "tool_twist"])
def test_the_guide_puts_the_peg_in_by_every_action(arm, action):
    environment = made(arm, 16, PRESETS["contact"], action=action)
    met = 0
    for _ in range(environment.episode_steps):
        step = environment.step(environment.task.guide(environment.sim))
        met += int(step.success.sum())
    assert met >= 14


def test_too_large_a_force_ends_an_episode(arm):
    """Driven into the face at 3 cm/s, an arm that nobody stops presses with far over 50 N."""
    environment = made(arm, 4, cfg=InsertCfg(far_share=0.0))
    down = torch.tensor([[0.0, 0.0, -1.0, 0.0]]).repeat(4, 1)
    ended = torch.zeros(4, dtype=torch.bool)
    for _ in range(100):
        step = environment.step(down)
        ended |= step.terminated
        assert torch.equal(step.reward_terms["hit"] > 0.0, step.terminated)
    assert ended.all()


def test_training_starts_on_the_face_and_in_the_hole_too(arm):
    def heights(training):
        environment = made(arm, 300, training=training)
        tip, mouth = tip_of(environment.sim.tool_pose), environment.sim.hole_pose[:, :3]
        aside = (tip - mouth)[:, :2].norm(dim=1)
        assert not environment.sim.collision.any()
        return (tip - mouth)[aside < 0.05, 2]

    trained, judged = heights(True), heights(False)
    assert 0.1 < float((trained < 0.0).float().mean()) < 0.3
    assert judged.min() > 0.004


def test_what_is_felt_is_part_of_what_a_critic_sees(arm):
    task = InsertTask(arm, 2, np.random.default_rng(0))
    environment = Environment(
        task, arm, "mujoco", 2, 0.0, PRESETS["contact"], 0, num_threads=1, reveals=True
    )
    seen = environment.privileged()
    torch.testing.assert_close(seen[:, -13:-6], environment.sim.hole_pose)
    torch.testing.assert_close(seen[:, -6:], environment.sim.wrench)
