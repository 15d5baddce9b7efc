"""Forward kinematics in torch, and the features built on it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rl_manip_description import known_arms, load_arm
from rl_manip_train.graph.forward_kinematics import ForwardKinematics
from rl_manip_train.tasks.reach import ReachTask


@pytest.mark.parametrize("name", known_arms())
def test_forward_kinematics_is_the_arms(name):
    arm = load_arm(name)
    position = np.random.default_rng(0).uniform(-np.pi, np.pi, (200, arm.num_joints))
    expected = arm.forward_kinematics(position)
    # in double precision, so that only the formula is judged; the constants are single
    found = ForwardKinematics(arm.chain).double()(torch.from_numpy(position))
    np.testing.assert_allclose(found, expected.position, atol=1e-6)
    found = ForwardKinematics(arm.chain)(torch.from_numpy(position).float())
    np.testing.assert_allclose(found, expected.position, atol=3e-6)


@pytest.fixture
def model(arm):
    return ReachTask(arm, 1, np.random.default_rng(0)).observation_model


def test_turning_pan_and_goal_together_changes_the_pan_feature_only(model):
    torch.manual_seed(0)
    position, velocity = torch.randn(50, 6), torch.randn(50, 6)
    goal = torch.randn(50, 3)
    angle = torch.rand(50) * 2.0 - 1.0
    turned_position, turned_goal = position.clone(), goal.clone()
    turned_position[:, 0] += angle
    turned_goal[:, 0] = angle.cos() * goal[:, 0] - angle.sin() * goal[:, 1]
    turned_goal[:, 1] = angle.sin() * goal[:, 0] + angle.cos() * goal[:, 1]
    before = model(position, velocity, goal)
    after = model(turned_position, velocity, turned_goal)
    torch.testing.assert_close(after[:, 1:], before[:, 1:], rtol=1e-4, atol=1e-5)
    assert (after[:, 0] - before[:, 0]).abs().min() > 0.0


def test_features_by_hand(model, arm):
    position = torch.tensor(np.array(arm.home), dtype=torch.float32)[None]
    position[0, 0] = 0.0
    tool = arm.forward_kinematics(position.double().numpy()).position[0]
    goal = tool + np.array([0.03, 0.04, 0.0])
    features = model(position, torch.full((1, 6), 0.75), torch.from_numpy(goal).float()[None])[0]
    assert features.shape == (model.width,)
    home = arm.home[0]
    span = (arm.limits.position_upper[0] - arm.limits.position_lower[0]) / 2.0
    expected = [(0.0 - home) / span, 0, 0, 0, 0, 0]  # joints about home over half their range
    expected += [0.5] * 6  # joint velocities over 1.5 rad/s
    expected += [*tool, 0.03, 0.04, 0.0, 0.05]  # with the pan joint at zero nothing is turned
    np.testing.assert_allclose(features, expected, atol=2e-4)


def test_gradients_stay_finite_at_the_goal(model, arm):
    position = torch.tensor(np.array(arm.home), dtype=torch.float32)[None].requires_grad_()
    tool = arm.forward_kinematics(arm.home).position
    features = model(position, torch.zeros(1, 6), torch.from_numpy(tool).float()[None])
    features.sum().backward()
    assert position.grad.isfinite().all()
