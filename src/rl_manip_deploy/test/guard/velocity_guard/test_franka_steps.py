"""On a Franka no commanded velocity leaps: a reflex would stop the arm."""

from __future__ import annotations

import numpy as np

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.velocity_guard import VelocityGuard
from rl_manip_description import load_arm

PERIOD = 0.001  # [s] of a cycle of the arm, which publishes as many joint states
LARGEST_STEP = 0.005
"""[rad/s]: what 5000 rad/s^3, the limit of jerk, makes of a cycle (Franka's control parameters)."""


def test_no_step_is_above_what_the_limit_of_jerk_allows_not_in_a_stop_either():
    arm = load_arm("fr3")
    timing = GuardTiming(arming_ramp=0.01)
    guard = VelocityGuard(arm, arm_limits(arm), timing, says_program=False)
    rng, now, position = np.random.default_rng(0), 100.0, arm.home.copy()
    sent, steps, requests = np.zeros(7), [], np.zeros(7)
    for cycle in range(1800):
        now += PERIOD
        position = position + PERIOD * sent
        guard.on_joint_state(arm.joint_names, position.tolist(), sent.tolist(), now)
        if cycle % 150 == 0:
            requests = rng.uniform(-1.0, 1.0, 7) * arm.limits.velocity
        if cycle % 900 == 700:
            guard.stop("asked for")
        if not guard.may_move:  # it is armed at rest, while rest is asked for
            requests = np.zeros(7)
            guard.arm(now)
        guard.on_command(arm.joint_names, requests.tolist(), now)
        last, sent = sent, guard.step(now).copy()
        steps.append(np.abs(sent - last).max())
    assert np.max(steps) <= LARGEST_STEP + 1e-9
    # it did move, and was stopped in motion
    assert np.max(steps) > 0.9 * LARGEST_STEP
