"""Where the tool is to be for a peg to be in a hole."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rl_manip_deploy.policy.goals.hole_goals import seated
from rl_manip_description.contract.hole_spec import HoleSpec
from rl_manip_description.kinematics.serial_chain import matrix_from_quaternion

SPEC = HoleSpec(("round",), peg_length=0.10, depth=0.03)


@pytest.mark.parametrize("yaw", [0.0, 0.7, -2.0])
def test_over_an_upright_hole_the_tool_points_straight_down(yaw):
    """Of 10 cm of peg 3 are in the hole: the tool is 7 cm over the mouth."""
    half = yaw / 2.0
    goal = seated(np.array([0.4, -0.1, 0.2, 0.0, 0.0, math.sin(half), math.cos(half)]), SPEC)
    np.testing.assert_allclose(goal[:3], [0.4, -0.1, 0.27])
    rotation = matrix_from_quaternion(goal[3:])
    np.testing.assert_allclose(rotation[:, 2], [0.0, 0.0, -1.0], atol=1e-12)
    np.testing.assert_allclose(rotation[:, 0], [math.cos(yaw), math.sin(yaw), 0.0], atol=1e-12)


def test_a_hole_that_lies_on_its_side_is_entered_along_its_axis():
    """Turned by a quarter about y, the hole opens along x: the tool stands off along x."""
    quarter = math.sqrt(0.5)
    goal = seated(np.array([0.4, 0.0, 0.3, 0.0, quarter, 0.0, quarter]), SPEC)
    np.testing.assert_allclose(goal[:3], [0.47, 0.0, 0.3], atol=1e-12)
    rotation = matrix_from_quaternion(goal[3:])
    np.testing.assert_allclose(rotation[:, 2], [-1.0, 0.0, 0.0], atol=1e-12)
