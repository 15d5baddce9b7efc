"""Kinematics of the action models against the description's, and what they command."""

from __future__ import annotations

import math

import numpy as np
import onnxruntime
import pytest
import torch
from scipy.spatial.transform import Rotation

from rl_manip_description import known_arms, load_arm
from rl_manip_train.graph.operational_space import (
    LevelToolAction,
    ToolTwistAction,
    damped_joint_velocity,
    slowed_to,
    turned,
    turned_back,
)
from rl_manip_train.graph.tool_jacobian import ToolJacobian, rotation_error, rotation_of

LIMIT = torch.full((6,), 1.5)


def poses(arm, count, spread=0.4, seed=0):
    """Joint positions (count, n) round the home pose, where the Jacobian is well conditioned."""
    offset = np.random.default_rng(seed).uniform(-spread, spread, (count, arm.num_joints))
    return torch.from_numpy(arm.home + offset).float()


@pytest.mark.parametrize("name", known_arms())
def test_pose_and_jacobian_are_the_descriptions(name):
    arm = load_arm(name)
    position = np.random.default_rng(0).uniform(-np.pi, np.pi, (100, arm.num_joints))
    found = ToolJacobian(arm.chain)(torch.from_numpy(position).float())
    expected = arm.chain.joint_frames(position)[1]
    np.testing.assert_allclose(found.position, expected[:, :3, 3], atol=3e-6)
    np.testing.assert_allclose(found.rotation, expected[:, :3, :3], atol=3e-6)
    np.testing.assert_allclose(found.jacobian, arm.chain.jacobian(position), atol=3e-6)


def test_rotation_error_is_half_the_angle_about_the_axis():
    vector = np.random.default_rng(0).uniform(-1.5, 1.5, (50, 3))
    start = Rotation.random(50, random_state=1)
    goal = Rotation.from_rotvec(vector) * start
    found = rotation_error(torch.from_numpy(goal.as_matrix()), torch.from_numpy(start.as_matrix()))
    angle = np.linalg.norm(vector, axis=1, keepdims=True)
    np.testing.assert_allclose(found, np.sin(angle / 2.0) * vector / angle, atol=1e-6)


def test_rotation_of_quaternions_is_scipys():
    rotation = Rotation.random(50, random_state=0)
    found = rotation_of(torch.from_numpy(rotation.as_quat()))
    np.testing.assert_allclose(found, rotation.as_matrix(), atol=1e-12)


def test_damped_least_squares_by_numpy():
    generator = torch.Generator().manual_seed(0)
    jacobian = torch.randn(20, 6, 6, generator=generator, dtype=torch.float64)
    twist = torch.randn(20, 6, generator=generator, dtype=torch.float64)
    found = damped_joint_velocity(jacobian, twist, 0.1)
    for j, t, v in zip(jacobian.numpy(), twist.numpy(), found.numpy()):
        np.testing.assert_allclose(v, np.linalg.solve(j.T @ j + 0.01 * np.eye(6), j.T @ t))


def test_slowing_down_keeps_the_direction():
    velocity = torch.tensor([[3.0, -1.5, 0.0], [0.5, 0.0, 0.1]])
    slow = slowed_to(velocity, torch.tensor([1.0, 1.0, 1.0]))
    torch.testing.assert_close(slow, torch.tensor([[1.0, -0.5, 0.0], [0.5, 0.0, 0.1]]))


def test_tool_moves_as_the_action_says(arm):
    position = poses(arm, 100)
    action = torch.rand(100, 6, generator=torch.Generator().manual_seed(0)) * 0.2 - 0.1
    (velocity,) = ToolTwistAction(arm, LIMIT, 0.5, 1.0)(action, position)
    joints = position.double().numpy()
    twist = np.einsum("nij,nj->ni", arm.chain.jacobian(joints), velocity)
    tool = arm.forward_kinematics(joints).position
    ahead = Rotation.from_euler("z", np.arctan2(tool[:, 1], tool[:, 0])[:, None])
    angular = action[:, 3:].double().numpy()
    # sideways at v the direction ahead turns by v over the distance from the base's axis
    angular[:, 2] += 0.5 * action[:, 1].numpy() / np.hypot(tool[:, 0], tool[:, 1])
    expected = np.concatenate((ahead.apply(0.5 * action[:, :3]), ahead.apply(angular)), axis=1)
    # what damping leaves undone, where the arm is far from singular
    np.testing.assert_allclose(twist, expected, atol=0.02)


def test_turning_and_turning_back():
    direction = (torch.tensor([[0.6]]), torch.tensor([[0.8]]))
    vector = torch.tensor([[1.0, 2.0, 3.0]])
    there = turned(vector, direction)
    torch.testing.assert_close(there, torch.tensor([[-1.0, 2.0, 3.0]]))
    torch.testing.assert_close(turned_back(there, direction), vector)


def test_commands_stay_within_the_limit_and_finite_everywhere(arm):
    position = torch.from_numpy(np.random.default_rng(0).uniform(-7, 7, (5000, 6))).float()
    position[:100] = 0.0  # stretched out: singular
    action = torch.randint(-1, 2, (5000, 6), generator=torch.Generator().manual_seed(0)).float()
    (velocity,) = ToolTwistAction(arm, LIMIT, 0.5, 2.0)(action, position)
    assert velocity.isfinite().all()
    assert velocity.abs().max() <= 1.5 + 1e-5


def test_level_tool_comes_back_to_level():
    arm = load_arm("ur5e", gripper="robotiq_2f85")
    position = poses(arm, 50, spread=0.2)
    model, action = LevelToolAction(arm, LIMIT, 0.5, 1.0), torch.zeros(50, 5)
    for _ in range(100):
        velocity, opening = model(action, position)
        position = position + 0.02 * velocity
    down = ToolJacobian(arm.chain)(position).rotation[:, :, 2]
    np.testing.assert_allclose(down, np.tile([0.0, 0.0, -1.0], (50, 1)), atol=1e-2)
    torch.testing.assert_close(opening, torch.full((50, 1), 0.5 * arm.gripper.max_opening))


@pytest.mark.parametrize("name", ["fr3", "xarm7"])
def test_the_elbow_of_seven_joints_comes_back_without_the_tool(name):
    arm = load_arm(name, "auto")
    position = torch.tensor(np.array(arm.home), dtype=torch.float32)[None]
    model = LevelToolAction(arm, torch.full((7,), 1.5), 0.5, 1.0)
    swivel = torch.linalg.svd(ToolJacobian(arm.chain)(position).jacobian)[2][:, -1]
    wound = position + 0.3 * swivel / swivel[:, 2:3].abs()
    for _ in range(50):  # onto the nearest level pose, so that only the elbow is off
        wound = wound + 0.02 * model(torch.zeros(1, 5), wound)[0]
    tool = ToolJacobian(arm.chain)(wound).position
    elbow = abs(float(wound[0, 2] - arm.home[2]))
    for _ in range(100):
        wound = wound + 0.02 * model(torch.zeros(1, 5), wound)[0]
    assert elbow > 0.05
    assert abs(float(wound[0, 2] - arm.home[2])) < 0.3 * elbow
    np.testing.assert_allclose(ToolJacobian(arm.chain)(wound).position, tool, atol=2e-3)


def test_level_tool_moves_along_its_fingers_and_opens_and_closes_before_the_ends():
    arm = load_arm("ur5e", gripper="robotiq_2f85")
    start = torch.tensor(np.array(arm.home), dtype=torch.float32)[None].repeat(3, 1)
    action = torch.tensor(
        [[0.2, 0.0, 0.0, 0.0, -0.7], [0.0, 0.2, 0.0, 0.0, 0.7], [0, 0, 0.2, 0, 0]]
    )
    velocity, opening = LevelToolAction(arm, LIMIT, 0.5, 1.0)(action, start)
    twist = np.einsum("nij,nj->ni", arm.chain.jacobian(start.double().numpy()), velocity)
    ahead = arm.chain.joint_frames(arm.home)[1][:2, 0]  # the tool's x axis, horizontal at home
    expected = np.zeros((3, 6))
    expected[0, :2], expected[1, :2] = 0.1 * ahead, 0.1 * np.array([-ahead[1], ahead[0]])
    expected[2, 2] = 0.1
    np.testing.assert_allclose(twist, expected, atol=0.01)
    torch.testing.assert_close(opening[:, 0], torch.tensor([0.0, 1.0, 0.5]) * 0.085)


@pytest.mark.parametrize(("fine", "action"), [(False, 0.1), (True, math.sqrt(0.1))])
def test_level_tool_says_which_actions_make_a_speed(fine, action):
    arm = load_arm("ur5e")
    model = LevelToolAction(arm, LIMIT, 0.5, 1.0, fine=fine)
    found = model.of_speed(torch.tensor([[0.05, -0.05, 0.0]]), torch.tensor([[-9.0]]))
    torch.testing.assert_close(found, torch.tensor([[action, -action, 0.0, -1.0]]))
    start = torch.tensor(np.array(arm.home), dtype=torch.float32)[None]
    (velocity,) = model(torch.tensor([[0.0, 0.0, -action, 0.0]]), start)
    twist = np.einsum("nij,nj->ni", arm.chain.jacobian(start.double().numpy()), velocity)
    np.testing.assert_allclose(twist[0, :3], [0.0, 0.0, -0.05], atol=2e-3)


@pytest.mark.parametrize("level", [False, True])
def test_exported_model_commands_the_same(level, tmp_path):
    arm = load_arm("ur5e", gripper="robotiq_2f85")
    kind, width = (LevelToolAction, 5) if level else (ToolTwistAction, 6)
    model = kind(arm, LIMIT, 0.5, 1.0)
    path = str(tmp_path / "action.onnx")
    inputs = (torch.zeros(1, width), torch.zeros(1, 6))
    torch.onnx.export(model, inputs, path, input_names=["a", "q"], opset_version=17, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    for position in poses(arm, 20, spread=1.5):
        action = 2.0 * torch.rand(1, width, generator=generator) - 1.0
        found = session.run(None, {"a": action.numpy(), "q": position[None].numpy()})
        for value, expected in zip(found, model(action, position[None])):
            np.testing.assert_allclose(value, expected, atol=1e-4)


def test_actions_for_joint_velocities_move_the_joints_so():
    arm = load_arm("ur5e")
    model = ToolTwistAction(arm, torch.full((6,), 10.0), 0.6, 2.0)
    position = poses(arm, 50)
    slow = torch.randn(50, 6, generator=torch.Generator().manual_seed(1)) * 0.1
    (found,) = model(model.action_for(slow, position), position)
    # the damping leaves out a little: lambda^2 / (sigma^2 + lambda^2) along each direction
    assert float((found - slow).norm() / slow.norm()) < 0.05
    fast = model.action_for(100.0 * slow, position)
    torch.testing.assert_close(fast.abs().amax(dim=1), torch.ones(50))
    torch.testing.assert_close(
        fast / fast.norm(dim=1, keepdim=True),
        torch.nn.functional.normalize(model.action_for(slow, position), dim=1),
    )
