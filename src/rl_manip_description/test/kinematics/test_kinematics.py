import numpy as np
import pytest
from published_dh import LENGTHS, dh_frames

from rl_manip_description import load_arm
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix, rotation_about


def matrix_from_quaternion(quaternion):
    x, y, z, w = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


@pytest.mark.parametrize("name", LENGTHS)
def test_forward_kinematics_is_the_published_dh_product(name):
    arm = load_arm(name)
    poses = np.random.default_rng(0).uniform(-2 * np.pi, 2 * np.pi, (200, 6))
    tool = arm.forward_kinematics(poses)
    for pose, position, quaternion in zip(poses, tool.position, tool.quaternion):
        expected = dh_frames(name, pose)[-1]
        np.testing.assert_allclose(position, expected[:3, 3], atol=1e-6)
        np.testing.assert_allclose(matrix_from_quaternion(quaternion), expected[:3, :3], atol=1e-6)


def test_ur5e_stretched_out_at_zero():
    # Along +x: 0.425 + 0.3922. To the side: 0.1333 + 0.0996. Height: 0.1625 - 0.0997.
    position = load_arm("ur5e").forward_kinematics(np.zeros(6)).position
    np.testing.assert_allclose(position, [0.8172, 0.2329, 0.0628], atol=1e-9)


def test_positive_shoulder_pan_turns_the_tool_counterclockwise_seen_from_above():
    arm = load_arm("ur5e")
    at_zero = arm.forward_kinematics(np.zeros(6)).position
    turned = arm.forward_kinematics(np.array([np.pi / 2, 0, 0, 0, 0, 0])).position
    np.testing.assert_allclose(turned, [-at_zero[1], at_zero[0], at_zero[2]], atol=1e-12)


@pytest.mark.parametrize("name", LENGTHS)
def test_home_points_the_tool_down_in_front_of_the_arm(name):
    arm = load_arm(name)
    pose = arm.forward_kinematics(arm.home)
    tool_z = matrix_from_quaternion(pose.quaternion)[:, 2]
    np.testing.assert_allclose(tool_z, [0.0, 0.0, -1.0], atol=1e-4)
    assert pose.position[0] > abs(pose.position[1])
    assert pose.position[2] > 0.25


def test_leading_axes_are_kept_and_do_not_change_the_result():
    arm = load_arm("ur5e")
    poses = np.random.default_rng(1).uniform(-3, 3, (4, 3, 6))
    tool, jacobian = arm.forward_kinematics(poses), arm.jacobian(poses)
    assert tool.position.shape == (4, 3, 3)
    assert tool.quaternion.shape == (4, 3, 4)
    assert jacobian.shape == (4, 3, 6, 6)
    alone = arm.forward_kinematics(poses[2, 1])
    np.testing.assert_allclose(tool.position[2, 1], alone.position, atol=1e-14)
    np.testing.assert_allclose(jacobian[2, 1], arm.jacobian(poses[2, 1]), atol=1e-14)


def test_wrong_number_of_joints_is_refused():
    with pytest.raises(ValueError, match=r"shape \(7,\); give \(\.\.\., 6\)"):
        load_arm("ur5e").forward_kinematics(np.zeros(7))


@pytest.mark.parametrize("name", LENGTHS)
def test_jacobian_is_the_derivative_of_forward_kinematics(name):
    arm = load_arm(name)
    step = 1e-6
    for pose in np.random.default_rng(2).uniform(-np.pi, np.pi, (20, 6)):
        jacobian = arm.jacobian(pose)
        for joint in range(6):
            ahead = arm.forward_kinematics(pose + step * np.eye(6)[joint])
            behind = arm.forward_kinematics(pose - step * np.eye(6)[joint])
            linear = (ahead.position - behind.position) / (2 * step)
            # The angular rate w is the skew part of dR/dt R^T.
            turn = (
                matrix_from_quaternion(ahead.quaternion)
                @ matrix_from_quaternion(behind.quaternion).T
            )
            spin = (turn - turn.T) / (4 * step)
            angular = [spin[2, 1], spin[0, 2], spin[1, 0]]
            np.testing.assert_allclose(jacobian[:3, joint], linear, atol=1e-8)
            np.testing.assert_allclose(jacobian[3:, joint], angular, atol=1e-8)


def test_quaternions_of_half_turns_where_w_is_zero():
    for axis in np.eye(3):
        quaternion = quaternion_from_matrix(rotation_about(axis, np.pi))
        np.testing.assert_allclose(np.abs(quaternion), [*axis, 0.0], atol=1e-15)


def test_quaternions_have_unit_length_and_one_sign():
    rng = np.random.default_rng(3)
    for _ in range(50):
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        angle = rng.uniform(-np.pi, np.pi)
        quaternion = quaternion_from_matrix(rotation_about(axis, angle))
        expected = np.append(axis * np.sin(angle / 2), np.cos(angle / 2))
        np.testing.assert_allclose(quaternion, expected, atol=1e-12)
