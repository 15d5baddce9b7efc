"""Joints that turn without end: drivers report them within one turn."""

from dataclasses import replace

import numpy as np

from rl_manip_deploy.states.joint_states import JointStates
from rl_manip_description import load_arm
from rl_manip_description.model.joint_order import JointOrder


def test_an_endless_joint_goes_on_where_its_driver_begins_anew():
    arm = load_arm("ur5e")
    upper = arm.limits.position_upper.copy()
    upper[0] = np.inf
    lower = np.where(np.isinf(upper), -np.inf, arm.limits.position_lower)
    limits = replace(arm.limits, position_lower=lower, position_upper=upper)
    states = JointStates(JointOrder(arm.joint_names), limits, timeout=0.05)
    position, speed = arm.home.copy(), np.zeros(6)
    speed[0] = 2.0
    for step in range(400):  # 2 rad/s for 4 s: 8 rad, more than a turn
        now = 0.01 * step
        position[0] = (2.0 * now + np.pi) % (2.0 * np.pi) - np.pi
        states.take(arm.joint_names, position, speed, now, 1.0 + now)
        np.testing.assert_allclose(states.position[0], 2.0 * now, atol=1e-9)
    assert not states.trouble(now)
    assert states.skipped == 0
    np.testing.assert_array_equal(states.position[1:], arm.home[1:])
