"""Imported arms stand where their makers' Denavit-Hartenberg figures say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from published_dh import ALPHAS

from rl_manip_description import load_arm
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix

HALF, TURN = np.pi / 2, 2.0 * np.pi
_BEND = np.arctan2(0.2845, 0.0535)  # of an xArm6's upper arm


class Maker(NamedTuple):
    """An arm's figures as its maker publishes them, typed in apart from the arm's files."""

    joints: list  # of theta's offset [rad], d [m], a [m], alpha [rad]
    before: np.ndarray = np.eye(4)  # base frame to where the first joint's frame begins
    craig: bool = False  # Tx and Rx come before Rz and Tz, not behind them
    rounded: float = 1e-5  # [m] by which the published lengths are rounded, all together
    flange: float = 0.0  # [m] along the last joint's axis


def universal_robots(a2: float, a3: float, d1: float, d4: float, d5: float, d6: float) -> Maker:
    figures = zip((d1, 0, 0, d4, d5, d6), (0, a2, a3, 0, 0, 0), ALPHAS)
    return Maker([(0.0, *each) for each in figures], before=np.diag([-1.0, -1.0, 1.0, 1.0]))


MAKERS = {
    # Universal Robots, "DH parameters for calculations of kinematics and dynamics"
    "ur7e": universal_robots(-0.425, -0.3922, 0.1625, 0.1333, 0.0997, 0.0996),
    "ur12e": universal_robots(-0.6127, -0.57155, 0.1807, 0.17415, 0.11985, 0.11655),
    "ur20": universal_robots(-0.8620, -0.7287, 0.2363, 0.2010, 0.1593, 0.1543),
    "ur30": universal_robots(-0.6370, -0.5037, 0.2363, 0.2010, 0.1593, 0.1543),
    # lengths: Universal Robots, ur_description, config/*/default_kinematics.yaml
    "ur8long": universal_robots(-0.8989, -0.7149, 0.2186, 0.1824, 0.1361, 0.1434),
    "ur15": universal_robots(-0.6475, -0.5164, 0.2186, 0.1824, 0.1361, 0.1434),
    "ur18": universal_robots(-0.4750, -0.3389, 0.2186, 0.1824, 0.1361, 0.1434),
    # Franka Robotics, robot specifications: DH parameters after Craig
    "fr3": Maker(
        [
            (0, 0.333, 0, 0),
            (0, 0, 0, -HALF),
            (0, 0.316, 0, HALF),
            (0, 0, 0.0825, HALF),
            (0, 0.384, -0.0825, -HALF),
            (0, 0, 0, HALF),
            (0, 0, 0.088, HALF),
        ],
        craig=True,
        flange=0.107,
    ),
    # UFACTORY, user manuals: standard DH parameters
    "xarm7": Maker(
        [
            (0, 0.267, 0, -HALF),
            (0, 0, 0, HALF),
            (0, 0.293, 0.0525, HALF),
            (0, 0, 0.0775, HALF),
            (0, 0.3425, 0, HALF),
            (0, 0, 0.076, -HALF),
            (0, 0.097, 0, 0),
        ]
    ),
    "xarm6": Maker(
        [
            (0, 0.267, 0, -HALF),
            (-_BEND, 0, np.hypot(0.2845, 0.0535), 0),
            (_BEND, 0, 0.0775, -HALF),
            (0, 0.3425, 0, HALF),
            (0, 0, 0.076, -HALF),
            (0, 0.097, 0, 0),
        ]
    ),
    # lengths: xarm_ros, config/kinematics/default/lite6_default_kinematics.yaml
    "lite6": Maker(
        [
            (0, 0.2435, 0, -HALF),
            (-HALF, 0, 0.2002, np.pi),
            (-HALF, 0, 0.087, HALF),
            (0, 0.22761, 0, HALF),
            (0, 0, 0, -HALF),
            (0, 0.0625, 0, 0),
        ]
    ),
    # Kinova, Gen3 user guide, which gives tenths of millimetres
    "gen3": Maker(
        [
            (0, -(0.1564 + 0.1284), 0, HALF),
            (np.pi, -(0.0054 + 0.0064), 0, HALF),
            (np.pi, -(0.2104 + 0.2104), 0, HALF),
            (np.pi, -(0.0064 + 0.0064), 0, HALF),
            (np.pi, -(0.2084 + 0.1059), 0, HALF),
            (np.pi, 0, 0, HALF),
            (np.pi, -(0.1059 + 0.0615), 0, np.pi),
        ],
        before=np.diag([1.0, -1.0, -1.0, 1.0]),
        rounded=5e-4,
    ),
    "gen3_6": Maker(
        [
            (0, -(0.1564 + 0.1284), 0, HALF),
            (-HALF, -0.0054, 0.410, np.pi),
            (-HALF, -0.0064, 0, HALF),
            (np.pi, -(0.2084 + 0.1059), 0, HALF),
            (np.pi, 0, 0, HALF),
            (np.pi, -(0.1059 + 0.0615), 0, np.pi),
        ],
        before=np.diag([1.0, -1.0, -1.0, 1.0]),
        rounded=5e-4,
    ),
}


def tool_by(maker: Maker, joint_position: np.ndarray) -> np.ndarray:
    """Where the flange is in the base frame, (4, 4)."""
    frame = maker.before
    for theta, (offset, d, a, alpha) in zip(joint_position, maker.joints):
        along_z, along_x = screw(theta + offset, d, (0, 1, 2)), screw(alpha, a, (1, 2, 0))
        frame = frame @ (along_x @ along_z if maker.craig else along_z @ along_x)
    return frame @ screw(0.0, maker.flange, (0, 1, 2))


def screw(angle: float, length: float, axes: tuple) -> np.ndarray:
    """A turn [rad] about the last of three axes, and a way [m] along it, (4, 4)."""
    matrix = np.eye(4)
    first, second, along = axes
    matrix[[first, second], [first, second]] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    matrix[along, 3] = length
    return matrix


@pytest.mark.parametrize("name", MAKERS)
def test_the_tool_is_where_the_makers_figures_put_it(name):
    arm, maker = load_arm(name), MAKERS[name]
    poses = np.random.default_rng(0).uniform(-np.pi, np.pi, (50, arm.num_joints))
    tool = arm.forward_kinematics(poses)
    expected = np.stack([tool_by(maker, pose) for pose in poses])
    np.testing.assert_allclose(tool.position, expected[:, :3, 3], atol=maker.rounded)
    # the cosine of half the angle between them: 0.3 mrad, for some makers write pi / 2 as 1.5708
    quaternions = [quaternion_from_matrix(pose[:3, :3]) for pose in expected]
    alike = np.abs(np.sum(np.array(quaternions) * tool.quaternion, axis=1))
    assert alike.min() > 1.0 - 1e-8


# Velocity [rad/s] and torque [Nm] by the makers' files, from base to tool.
LIMITS = {
    # the box beside the FR3's limits that fall with the position (Franka's control parameters)
    "fr3": ([2, 1, 1.5, 1.25, 3, 1.5, 3], [87] * 4 + [12] * 3),
    "xarm7": ([3.14] * 7, [50, 50, 30, 30, 30, 20, 20]),
    "xarm6": ([3.14] * 6, [50, 50, 32, 32, 32, 20]),
    "lite6": ([3.14] * 6, [50, 50, 32, 32, 32, 20]),
    "gen3": ([1.3963] * 4 + [1.2218] * 3, [39] * 4 + [9] * 3),
    "gen3_6": ([1.3963] * 3 + [1.2218] * 3, [39] * 3 + [9] * 3),
    "ur12e": (np.radians([120, 120, 180, 180, 180, 180]), [330, 330, 150, 54, 54, 54]),
    **dict.fromkeys(
        ("ur8long", "ur15", "ur18"),
        (np.radians([180, 180, 240, 300, 300, 300]), [433, 433, 204, 70, 70, 70]),
    ),
    "ur30": (np.radians([120, 120, 150, 210, 210, 210]), [738, 738, 433, 107, 107, 107]),
}


@pytest.mark.parametrize("name", LIMITS)
def test_speeds_and_torques_are_the_makers(name):
    limits = load_arm(name).limits
    velocity, effort = LIMITS[name]
    np.testing.assert_allclose(limits.velocity, velocity, rtol=1e-6)
    np.testing.assert_allclose(limits.effort, effort)


def test_xarm7s_positions_are_the_makers():
    limits = load_arm("xarm7").limits
    upper = [TURN, 2.0944, TURN, 3.927, TURN, np.pi, TURN]
    np.testing.assert_allclose(limits.position_upper, upper, atol=1e-6)
    lower = [-TURN, -2.059, -TURN, -0.19198, -TURN, -1.69297, -TURN]
    np.testing.assert_allclose(limits.position_lower, lower, atol=1e-6)


def test_gen3_turns_its_rolling_joints_without_end():
    assert load_arm("gen3").limits.endless.tolist() == [True, False] * 3 + [True]
    assert load_arm("gen3_6").limits.endless.tolist() == [True, False] + [False, True] * 2
