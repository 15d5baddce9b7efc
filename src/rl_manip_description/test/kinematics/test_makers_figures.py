"""Imported arms stand where their makers' documents say."""

import numpy as np

from rl_manip_description import load_arm


def test_xarm7_at_zero_is_where_the_makers_manual_says():
    tool = load_arm("xarm7").forward_kinematics(np.zeros(7)).position
    # 206, 0, 120.5 mm: the pose that UFACTORY's manual calls zero
    np.testing.assert_allclose(tool, [0.206, 0.0, 0.1205], atol=2e-4)


def test_xarm7s_speeds_torques_and_positions_are_the_makers():
    limits = load_arm("xarm7").limits
    np.testing.assert_allclose(limits.velocity, 3.14)
    np.testing.assert_allclose(limits.effort, [50, 50, 30, 30, 30, 20, 20])
    turn = 2.0 * np.pi
    upper = [turn, 2.0944, turn, 3.927, turn, np.pi, turn]
    np.testing.assert_allclose(limits.position_upper, upper, atol=1e-6)
    lower = [-turn, -2.059, -turn, -0.19198, -turn, -1.69297, -turn]
    np.testing.assert_allclose(limits.position_lower, lower, atol=1e-6)
