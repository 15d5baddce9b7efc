"""Where the joints were at a stamp: interpolated, or a sentence why nobody knows."""

import numpy as np
import pytest

from rl_manip_deploy.states.joint_states import JointStates
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import load_arm
from rl_manip_description.model.joint_order import JointOrder

ARM = load_arm("ur5e")
SLACK = 0.02


@pytest.fixture
def joints():
    """One joint at 1 rad/s, every 40 ms by stamps from 1000 s on, received 1 ms later from 0 s."""
    kept = StampedPositions()
    for step in range(6):
        kept.add(np.array([0.04 * step]), 0.001 + 0.04 * step, 1000.0 + 0.04 * step)
    return kept


@pytest.mark.parametrize(
    ("stamp", "position"), [(1000.0, 0.0), (1000.05, 0.05), (1000.2, 0.2), (1000.21, 0.2)]
)
def test_positions_are_those_of_the_stamp(joints, stamp, position):
    np.testing.assert_allclose(joints.at(stamp, SLACK).position, [position], atol=1e-9)


def test_a_stamp_after_the_newest_may_be_known_later(joints):
    at = joints.at(1000.5, SLACK)
    assert at.position is None
    assert at.is_early
    assert at.reason == "its stamp is 0.30 s after the newest joint state's"
    joints.add(np.array([0.3]), 0.301, 1000.25)
    joints.add(np.array([0.5]), 0.501, 1000.5)
    assert joints.at(1000.5, SLACK).position == 0.5


def test_a_stamp_before_the_oldest_is_never_known(joints):
    at = joints.at(999.0, SLACK)
    assert (at.position, at.is_early) == (None, False)
    assert "1.20 s before the newest joint state's, further back than they are kept" in at.reason


def test_nothing_is_interpolated_over_a_long_gap(joints):
    joints.add(np.array([0.5]), 0.501, 1000.5)
    at = joints.at(1000.4, SLACK)
    assert at.reason == "no joint state came for 0.30 s around its stamp"


def test_without_a_stamp_the_newest_counts_while_it_is_fresh(joints):
    assert joints.newest(0.25).position == 0.2
    assert joints.newest(0.701).reason == "joint states are 0.50 s old"
    assert StampedPositions().newest(1.0).reason == "no joint state came yet"
    assert StampedPositions().at(1.0, SLACK).is_early


def test_a_clock_that_was_set_begins_anew(joints):
    joints.add(np.array([7.0]), 0.241, 5.0)
    assert joints.at(5.0, SLACK).position == 7.0
    assert joints.at(1000.1, SLACK).position is None


def test_states_that_cannot_be_true_are_not_kept():
    states = JointStates(JointOrder(ARM.joint_names), ARM.limits, 1.0)
    kept = StampedPositions()
    far = ARM.home + np.eye(6)[0]
    for step, position in enumerate((ARM.home, far, ARM.home)):
        now = 0.002 * step
        states.take(ARM.joint_names, position, 0.0 * position, now, 100.0 + now)
        kept.take(states, now, 100.0 + now)
    np.testing.assert_allclose(kept.at(100.002, SLACK).position, ARM.home)
