"""What actions of each kind command, against numpy and by hand, and back again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_train.graph.action_model import JointPositionDeltaAction, JointVelocityAction
from rl_manip_train.graph.gripper_action import WithGripperAction, action_for_opening, opening_of
from rl_manip_train.graph.operational_space import ToolTwistAction

DT, WIDTH = 0.04, 0.085  # [s], [m]
LIMIT = torch.tensor([1.5, 1.5, 1.5, 1.0, 1.0, 1.0, 0.5])


def delta_action(lower=-3.0, upper=3.0):
    n = len(LIMIT)
    return JointPositionDeltaAction(LIMIT, DT, torch.full((n,), lower), torch.full((n,), upper))


def random_rows(count, low, high, seed=0):
    values = np.random.default_rng(seed).uniform(low, high, (count, len(LIMIT)))
    return torch.from_numpy(values).float()


def test_a_delta_is_reached_from_the_measured_position_within_a_control_step():
    action, position = random_rows(200, -1, 1), random_rows(200, -3.2, 3.2, seed=1)
    (velocity,) = delta_action()(action, position)
    limit, q = LIMIT.double().numpy(), position.double().numpy()
    target = np.clip(q + action.double().numpy() * limit * DT, -3.0, 3.0)  # [rad]
    expected = np.clip((target - q) / DT, -limit, limit)
    np.testing.assert_allclose(velocity, expected, atol=2e-5)
    # the comparison says something: some targets were cut short, some joints brought back
    free = np.isclose(velocity, action * LIMIT, atol=1e-5)
    assert 0 < int((~free).sum()) < free.size // 2


def test_a_delta_by_hand():
    position = torch.zeros(3, 7)
    position[:, 0] = torch.tensor([2.98, 2.0, 3.01])
    (velocity,) = delta_action()(torch.tensor([[1.0] + [0.0] * 6] * 3), position)
    # an action of 1 is 0.06 rad: 0.02 rad to the limit, all of it, 0.01 rad back from beyond
    torch.testing.assert_close(velocity[:, 0], torch.tensor([0.5, 1.5, -0.25]), rtol=1e-3, atol=0)
    assert torch.equal(velocity[:, 1:], torch.zeros(3, 6))


@pytest.mark.parametrize("model", [JointVelocityAction(LIMIT), delta_action()])
def test_actions_for_joint_velocities_give_them_and_keep_the_direction_of_faster_ones(model):
    slow, position = random_rows(50, -0.5, 0.5), random_rows(50, -1, 1, seed=1)
    torch.testing.assert_close(model(model.action_for(slow, position), position)[0], slow)
    fast = model.action_for(100.0 * slow, position)
    torch.testing.assert_close(fast.abs().amax(dim=1), torch.ones(50))
    (velocity,) = model(fast, position)
    torch.testing.assert_close(*(torch.nn.functional.normalize(v, dim=1) for v in (velocity, slow)))


def test_the_gripper_has_an_action_of_its_own_behind_those_of_the_arm():
    model = WithGripperAction(JointVelocityAction(LIMIT), WIDTH)
    assert (model.kind, model.width) == ("joint_velocity", 8)
    action = torch.cat((random_rows(5, -1, 1), torch.tensor([[-1, -0.5, 0, 0.4, 1.0]]).T), dim=1)
    velocity, opening = model(action, torch.zeros(5, 7))
    torch.testing.assert_close(velocity, action[:, :7] * LIMIT)
    # 0.5 + 0.75 a of the width, between its ends
    torch.testing.assert_close(opening[:, 0] / WIDTH, torch.tensor([0, 0.125, 0.5, 0.8, 1.0]))
    torch.testing.assert_close(model.action_for(velocity, opening, torch.zeros(5, 7)), action)


def test_the_ends_of_the_gripper_are_asked_for_with_all_that_there_is():
    opening = torch.tensor([[0.0], [0.2 * WIDTH], [WIDTH]])
    action = action_for_opening(opening, WIDTH)
    torch.testing.assert_close(action, torch.tensor([[-1.0], [-0.4], [1.0]]))
    torch.testing.assert_close(opening_of(action, WIDTH), opening)


@pytest.mark.parametrize("name", ["ur5e", "xarm7"])
def test_no_joint_is_faster_than_its_limit_whatever_the_action(name):
    arm = load_arm(name)
    n, rng = arm.num_joints, np.random.default_rng(0)
    limit = torch.from_numpy(np.minimum(arm.limits.velocity, rng.uniform(0.3, 1.5, n))).float()
    bounds = (
        torch.from_numpy(np.array(bound)).float()
        for bound in (arm.limits.position_lower, arm.limits.position_upper)
    )
    position = torch.from_numpy(rng.uniform(-7, 7, (5000, n))).float()
    position[:100] = 0.0  # stretched out: singular
    for model in (
        JointVelocityAction(limit),
        JointPositionDeltaAction(limit, DT, *bounds),
        ToolTwistAction(arm, limit, 0.6, 2.0),
    ):
        action = torch.from_numpy(rng.uniform(-1, 1, (5000, model.width))).float().sign()
        (velocity,) = model(action, position)
        assert velocity.isfinite().all()
        assert (velocity.abs() / limit).max() <= 1.0 + 1e-6, model.kind


def test_a_twist_of_seven_joints_moves_the_tool_so_until_a_joint_is_at_its_limit():
    arm = load_arm("xarm7")
    rng = np.random.default_rng(0)
    q = arm.home + rng.uniform(-0.3, 0.3, (100, 7))
    position = torch.from_numpy(q).float()
    action = torch.from_numpy(rng.uniform(-0.2, 0.2, (100, 6))).float()
    action[50:] *= 5.0
    fast, slow = torch.full((7,), 100.0), torch.full((7,), 0.2)
    (free,) = ToolTwistAction(arm, fast, 0.6, 2.0)(action, position)
    (bounded,) = ToolTwistAction(arm, slow, 0.6, 2.0)(action, position)
    for row in range(100):
        jacobian = arm.chain.jacobian(q[row])
        twist = jacobian @ free[row].double().numpy()
        # damped least squares by numpy, of the twist that was asked for
        x, y, _ = arm.forward_kinematics(q[row]).position
        ahead = np.array([[x, -y, 0.0], [y, x, 0.0], [0.0, 0.0, np.hypot(x, y)]]) / np.hypot(x, y)
        linear = ahead @ (0.6 * action[row, :3].double().numpy())
        angular = ahead @ (2.0 * action[row, 3:].double().numpy())
        angular[2] += 0.6 * float(action[row, 1]) / np.hypot(x, y)
        wanted = np.concatenate((linear, angular))
        normal = jacobian.T @ jacobian + 0.05**2 * np.eye(7)
        expected = np.linalg.solve(normal, jacobian.T @ wanted)
        np.testing.assert_allclose(free[row], expected, atol=2e-3)
        assert np.linalg.norm(twist - wanted) < 0.2 * np.linalg.norm(wanted)
    # all joints are slowed down by one factor, so the tool goes where it was to go
    factor = (free.abs() / 0.2).amax(dim=1, keepdim=True).clamp(min=1.0)
    torch.testing.assert_close(bounded * factor, free)
    assert factor.max() > 2.0
