"""Imported arms stand where their makers' documents say."""

import numpy as np
import pytest

from rl_manip_description import load_arm

# Where the tool is with all joints at zero [m], added up by hand from the makers' lengths.
AT_ZERO = {
    # wrist 88 mm ahead, flange 107 mm down from 0.333 + 0.316 + 0.384 m
    "fr3": [0.088, 0.0, 0.926],
    # UFACTORY's manual: 206, 0, 120.5 mm
    "xarm7": [0.206, 0.0, 0.1205],
    # straight up; the links are 6 and 12 mm beside each other, which adds up to 25 mm
    "gen3": [0.0, -0.0249, 1.1873],
}
# Velocity [rad/s] and torque [Nm] by the makers' files, from base to tool.
LIMITS = {
    "fr3": ([2, 1, 1.5, 1.25, 3, 1.5, 3], [87] * 4 + [12] * 3),
    "xarm7": ([3.14] * 7, [50, 50, 30, 30, 30, 20, 20]),
    "gen3": ([1.3963] * 4 + [1.2218] * 3, [39] * 4 + [9] * 3),
}


@pytest.mark.parametrize("name", AT_ZERO)
def test_the_tool_at_zero_is_where_the_makers_lengths_add_up_to(name):
    arm = load_arm(name)
    tool = arm.forward_kinematics(np.zeros(arm.num_joints)).position
    np.testing.assert_allclose(tool, AT_ZERO[name], atol=2e-4)


@pytest.mark.parametrize("name", LIMITS)
def test_speeds_and_torques_are_the_makers(name):
    arm = load_arm(name)
    velocity, effort = LIMITS[name]
    np.testing.assert_allclose(arm.limits.velocity, velocity)
    np.testing.assert_allclose(arm.limits.effort, effort)


def test_ur12e_has_the_kinematics_of_the_older_ur10e():
    poses = np.random.default_rng(0).uniform(-np.pi, np.pi, (20, 6))
    found, known = (load_arm(name).forward_kinematics(poses) for name in ("ur12e", "ur10e"))
    np.testing.assert_allclose(found.position, known.position, atol=1e-6)
    np.testing.assert_allclose(found.quaternion, known.quaternion, atol=1e-6)


def test_gen3_turns_every_other_joint_without_end():
    assert load_arm("gen3").limits.endless.tolist() == [True, False] * 3 + [True]
