"""Steps that a joint can make, and steps that none can; figures by hand."""

import math

import pytest

from rl_manip_deploy.states.plausible_step import PlausibleSteps
from rl_manip_description import load_arm

ARM = load_arm("ur5e")  # every joint up to pi rad/s; elbow within +-pi, the others within +-2 pi
HOME = ARM.home.tolist()
REST = [0.0] * 6


@pytest.fixture
def steps():
    return PlausibleSteps(ARM.joint_names, ARM.limits)


def moved(joint, by):
    return [q + by * (i == joint) for i, q in enumerate(HOME)]


@pytest.mark.parametrize("joint", range(6))
def test_from_rest_to_rest_a_joint_jumps_by_no_more_than_a_hundredth(steps, joint):
    # 0.01 rad + 0.25 * 40 rad/s^2 * (2 ms)^2 = 0.01004 rad
    assert steps.between(HOME, REST, moved(joint, 0.010), REST, 0.002) == ""
    said = steps.between(HOME, REST, moved(joint, -0.011), REST, 0.002)
    assert said.startswith(f"{ARM.joint_names[joint]} went from")
    assert "within 2.0 ms at a measured 0.00 rad/s" in said


def test_a_moving_joint_may_have_been_measured_50_ms_earlier(steps):
    # 0.01 + 1.5 rad/s * (2 + 50) ms + 0.00004 = 0.0880 rad
    fast = [1.5] * 6
    assert steps.between(HOME, REST, moved(1, 0.087), fast, 0.002) == ""
    assert steps.between(HOME, fast, moved(1, 0.087), REST, 0.002) == ""
    assert steps.between(HOME, fast, moved(1, 0.089), fast, 0.002)


def test_without_velocities_every_joint_may_be_as_fast_as_its_limit(steps):
    # 0.01 + pi * 0.052 + 0.00004 = 0.1734 rad
    assert steps.between(HOME, None, moved(4, 0.173), None, 0.002) == ""
    assert steps.between(HOME, None, moved(4, 0.174), REST, 0.002)


def test_a_state_of_zeros_is_no_step_from_home(steps):
    assert "shoulder_lift_joint went from -1.571 to 0.000" in steps.between(
        HOME, REST, REST, REST, 0.002
    )


def test_after_a_long_silence_it_may_be_anywhere(steps):
    assert steps.between(HOME, REST, REST, REST, 1.0) == ""


def test_a_joint_of_less_than_a_turn_is_near_its_limits(steps):
    assert steps.where(moved(2, math.pi + 0.4 - HOME[2]), REST) == ""
    assert "elbow_joint is said to be at 3.742" in steps.where(
        moved(2, math.pi + 0.6 - HOME[2]), REST
    )


def test_a_joint_without_end_may_have_turned_on(steps):
    # wrist 3 of a UR3e has been seen at 8.9 rad
    assert steps.where(moved(5, 8.9), REST) == ""
    assert "wrist_3_joint is said to be at 40.000" in steps.where(moved(5, 40.0), REST)


def test_no_joint_moves_at_twice_its_limit(steps):
    assert steps.where(HOME, [3.5, 0.0, 0.0, 0.0, 0.0, 0.0]) == ""
    said = steps.where(HOME, [0.0, 0.0, -6.5, 0.0, 0.0, 0.0])
    assert said == "elbow_joint is said to move at -6.50 rad/s, its limit is 3.14"


@pytest.mark.parametrize(
    ("v0", "v1", "step", "odd"),
    [
        (1.0, 1.0, -0.003, True),
        (-1.0, -1.0, 0.003, True),
        (1.0, 1.0, 0.003, False),
        (1.0, 1.0, -0.001, False),  # noise
        (1.0, -1.0, -0.003, False),  # turned round between the two
        (0.05, 0.05, -0.003, False),  # hardly moves
    ],
)
def test_a_joint_goes_back_only_where_two_have_seen_it(steps, v0, v1, step, odd):
    said = steps.backwards(HOME, [0, 0, v0, 0, 0, 0], moved(2, step), [0, 0, v1, 0, 0, 0])
    assert bool(said) is odd
    assert ("elbow_joint goes back by 3.0 mrad" in said) is odd
