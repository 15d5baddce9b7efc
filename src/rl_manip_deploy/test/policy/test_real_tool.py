"""A policy that knows the data sheet only takes the real tool to the real goal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.goals.goal_rest import DWELL
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_deploy.policy.real_tool import RealTool
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_description.goals.goal_poses import GoalPoseCfg, GoalPoses
from rl_manip_description.kinematics.drawn_calibration import drawn_calibration
from rl_manip_description.kinematics.serial_chain import (
    KinematicChain,
    quaternion_from_matrix,
    rotation_about,
)

ARM = load_arm("ur5e")
HAND = load_arm("ur5e", "robotiq_2f85")
GAIN, STEP, STEPS = 2.0, 0.04, 200  # [1/s], [s], control steps


def another_copy(seed, arm=ARM):
    return replace(arm, chain=drawn_calibration(arm.chain, np.random.default_rng(seed)))


def rotation(quaternion: np.ndarray) -> np.ndarray:
    x, y, z, w = quaternion
    angle = 2.0 * np.arctan2(np.linalg.norm(quaternion[:3]), w)
    length = np.linalg.norm(quaternion[:3])
    return np.eye(3) if length < 1e-12 else rotation_about(np.array([x, y, z]) / length, angle)


def rotation_vector(matrix: np.ndarray) -> np.ndarray:
    x, y, z, w = quaternion_from_matrix(matrix)
    axis = np.array([x, y, z])
    length = np.linalg.norm(axis)
    return np.zeros(3) if length < 1e-12 else 2.0 * np.arctan2(length, w) * axis / length


def nominal_policy(values: dict, turned: bool, chain: KinematicChain = ARM.chain) -> np.ndarray:
    """Joint velocities that take the nominal tool to the goal in proportion to what is left."""
    joints = values["joint_position"]
    tool = chain.joint_frames(joints)[1]
    left = np.append(values["goal_position"] - tool[:3, 3], np.zeros(3))
    jacobian = chain.jacobian(joints)
    if turned:
        left[3:] = rotation_vector(rotation(values["goal_orientation"]) @ tool[:3, :3].T)
    else:
        left, jacobian = left[:3], jacobian[:3]
    damped = jacobian.T @ np.linalg.inv(jacobian @ jacobian.T + 1e-6 * np.eye(len(left)))
    return np.clip(GAIN * damped @ left, -1.5, 1.5)


def driven(tool: RealTool, start: np.ndarray, goal: np.ndarray, turned: bool) -> np.ndarray:
    """Joint positions where the arm ends."""
    joints = start.copy()
    for _ in range(STEPS):
        true = {"joint_position": joints, "goal_position": goal[:3], "goal_orientation": goal[3:]}
        joints = joints + STEP * nominal_policy(tool.shown(true), turned)
    return joints


@pytest.mark.parametrize("turned", [False, True], ids=["position", "pose"])
@pytest.mark.parametrize("seed", range(5))
def test_the_real_tool_ends_at_the_goal(seed, turned):
    real = another_copy(seed)
    drawn = GoalPoses(ARM, GoalPoseCfg(), np.random.default_rng(seed)).draw(2)
    for goal, near in zip(drawn.pose, drawn.joint_position):
        start = near + np.random.default_rng(seed).uniform(-0.3, 0.3, 6)
        tool = real.forward_kinematics(driven(RealTool(ARM, real), start, goal, turned))
        assert np.linalg.norm(tool.position - goal[:3]) < 0.5e-3
        if turned:
            assert 2.0 * np.arccos(min(abs(tool.quaternion @ goal[3:]), 1.0)) < 0.5e-3
        # with the data sheet only it ends beside it: there is something to make good
        beside = real.forward_kinematics(driven(RealTool(ARM), start, goal, turned))
        assert np.linalg.norm(beside.position - goal[:3]) > 0.5e-3


def test_an_arm_like_the_data_sheet_is_told_the_truth():
    values = {"joint_position": ARM.home, "goal_position": np.array([0.4, 0.1, 0.3])}
    assert RealTool(ARM).shown(values) == values


def test_what_is_seen_from_the_tool_stays_where_it_is():
    """What the nominal tool sees of the moved object, the real one sees of the real object."""
    real = another_copy(1, HAND)
    tool = real.forward_kinematics(HAND.home)
    values = {
        "joint_position": HAND.home,
        "joint_velocity": np.ones(6),
        "object_position": tool.position,
        "object_pose": np.append(tool.position, tool.quaternion),
        "goal_position": tool.position,
        "goal_orientation": tool.quaternion,
    }
    shown = RealTool(HAND, real).shown(values)
    nominal = HAND.forward_kinematics(HAND.home)
    for name in ("object_position", "goal_position"):
        np.testing.assert_allclose(shown[name], nominal.position, atol=1e-12)
    for quaternion in (shown["goal_orientation"], shown["object_pose"][3:]):
        assert abs(quaternion @ nominal.quaternion) == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(shown["object_pose"][:3], nominal.position, atol=1e-12)
    np.testing.assert_array_equal(shown["joint_velocity"], 1.0)
    np.testing.assert_array_equal(values["goal_position"], tool.position)


@pytest.fixture
def follower(tmp_path, write_policy):
    """Asks for an opening of: gripper's opening + 7 elements of the object's pose."""
    path = tmp_path / "policy.onnx"
    write_policy(path, HAND, reads=("gripper_opening", "object_pose"), opening=-1.0)
    return GoalFollower(load_policy(path, ARM))


def test_a_follower_shows_its_policy_the_moved_object(follower):
    real = another_copy(1)  # without gripper: what the policy's arm carries stays on its flange
    seen = np.array([0.3, -0.2, 0.02, 0.0, 0.0, 0.0, 1.0])
    follower.on_joint_state([HAND.gripper.joint_name], [0.0], [0.0], 1.0)
    follower.on_joint_state(HAND.joint_names, HAND.home, [0.0] * 6, 1.0)
    follower.goal.take("base_link", (0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0))
    follower.object.take("base_link", seen, 1.0)
    opening = follower.act(1.0).gripper_opening
    follower.take_kinematics(real)
    shown = RealTool(HAND, another_copy(1, HAND)).shown(
        {"joint_position": HAND.home, "object_pose": seen}
    )
    moved = follower.act(1.0).gripper_opening - opening
    assert abs(moved) > 1e-4
    assert moved == pytest.approx(shown["object_pose"].sum() - seen.sum(), abs=1e-6)


def test_a_goal_is_met_where_the_real_tool_is(tmp_path, write_policy):
    """With a criterion of 1 mm the nominal tool's place, 3 mm beside, is no longer the goal."""
    path = tmp_path / "policy.onnx"
    success = SuccessCriterion(distance_m=0.001)
    real = another_copy(3)
    for goal, rests in (
        (real.forward_kinematics(ARM.home).position, True),
        (ARM.forward_kinematics(ARM.home).position, False),
    ):
        write_policy(path, ARM, success=success)
        follower = GoalFollower(load_policy(path, ARM))
        follower.take_kinematics(real)
        for now in (1.0, 1.0 + DWELL + 0.01):
            follower.on_joint_state(ARM.joint_names, ARM.home, [0.0] * 6, now)
            follower.goal.take("base_link", (*goal, 0.0, 0.0, 0.0, 1.0))
            follower.act(now)
        assert follower.rests is rests
