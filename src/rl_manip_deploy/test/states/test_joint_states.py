"""States that are skipped, states that are a fault, and two who publish the same arm."""

import math
import re

import numpy as np
import pytest

from rl_manip_deploy.states.joint_states import JointStates
from rl_manip_description import load_arm
from rl_manip_description.model.joint_order import JointOrder

ARM = load_arm("ur5e")
NAMES = list(ARM.joint_names)
HOME = ARM.home
PERIOD = 0.002  # [s]
REST = np.zeros(6)
SPEED = np.array([0.5, -0.4, 0.3, 0.2, -0.1, 0.6])  # [rad/s]
ZEROS = np.zeros(6)


class Driver:
    """Publishes an arm that moves at `speed`, and whatever is between its states."""

    def __init__(self, speed=SPEED, velocities=True, period=PERIOD):
        self.states = JointStates(JointOrder(ARM.joint_names), ARM.limits, 0.05)
        self.now, self.period = 100.0, period
        self.position, self.speed = HOME.copy(), speed
        self.velocities = velocities

    def publish(self, position=None, velocity=None, stamp=None):
        position = self.position if position is None else position
        velocity = self.speed if velocity is None else velocity
        said = list(velocity) if self.velocities else []
        self.states.take(NAMES, list(position), said, self.now, stamp)

    def run(self, seconds, between=None):
        """`between(cycle)` publishes more, a moment after each of the driver's states."""
        for cycle in range(round(seconds / self.period)):
            self.now += self.period
            self.position = self.position + self.period * self.speed
            self.publish()
            if between is not None:
                self.now += 1e-4
                between(cycle)
                self.now -= 1e-4
        return self

    @property
    def trouble(self):
        return self.states.trouble(self.now)


def test_a_sound_driver_has_no_trouble():
    driver = Driver().run(2.0)
    assert driver.trouble == ""
    assert driver.states.skipped == 0
    np.testing.assert_array_equal(driver.states.position, driver.position)
    np.testing.assert_array_equal(driver.states.velocity, SPEED)
    assert driver.states.velocity_lag == 0.0


@pytest.mark.parametrize("velocities", [True, False])
def test_a_state_of_zeros_in_fifty_is_skipped_and_the_last_good_one_stays(velocities):
    driver = Driver(velocities=velocities)

    def zeros(cycle):
        if cycle % 50 == 49:
            before = driver.states.position
            driver.publish(ZEROS, REST)
            assert driver.states.position is before
            assert driver.trouble == ""

    driver.run(2.7, zeros)
    assert driver.states.skipped == 27
    assert "to 0.000 rad within 0.1 ms" in driver.states.skipped_last
    assert driver.trouble == ""


@pytest.mark.parametrize("every", [1, 4, 10])
def test_a_second_publisher_of_zeros_is_noticed(every):
    driver = Driver()
    driver.run(0.4, lambda cycle: driver.publish(ZEROS, REST) if cycle % every == 0 else None)
    assert "do not belong to one motion" in driver.trouble
    assert "let only the arm's driver publish them" in driver.trouble
    # good states meanwhile
    assert driver.now - driver.states.received < 0.003


def test_a_second_publisher_of_another_arm_is_noticed():
    driver = Driver()
    driver.run(0.1, lambda cycle: driver.publish(HOME + 0.5, REST))
    assert "do not belong to one motion" in driver.trouble


def test_a_relay_that_comes_late_is_noticed():
    driver = Driver()
    # 20 ms late at 0.5 rad/s: 10 mrad back and forth
    driver.run(0.1, lambda cycle: driver.publish(driver.position - 0.02 * SPEED))
    assert "goes back by 10.0 mrad" in driver.trouble


def test_a_relay_with_the_driver_s_stamps_is_noticed_even_at_rest():
    driver = Driver(REST)
    for _ in range(50):
        driver.now += PERIOD
        driver.publish(stamp=driver.now)
        driver.publish(stamp=driver.now - 0.02)
    assert "their stamps go back by 0.020 s" in driver.trouble


def test_a_clock_that_is_set_back_once_is_no_second_publisher():
    driver = Driver()
    for offset in (0.0, -3600.0):
        for _ in range(200):
            driver.now += PERIOD
            driver.position = driver.position + PERIOD * SPEED
            driver.publish(stamp=driver.now + 1e6 + offset)
            assert driver.trouble == ""


def test_without_two_publishers_it_is_well_again():
    driver = Driver().run(0.1)
    driver.run(0.1, lambda cycle: driver.publish(ZEROS, REST))
    assert driver.trouble
    driver.run(0.3)
    assert driver.trouble == ""


def test_a_message_that_is_only_repeated_grows_old():
    driver = Driver(REST)
    for _ in range(10):
        driver.now += PERIOD
        driver.publish(stamp=driver.now)
    stamp = driver.now
    for _ in range(30):
        driver.now += PERIOD
        driver.publish(stamp=stamp)
    assert driver.trouble.startswith("joint state is 0.060 s old")
    assert "repeated, 30 times, with the same stamp" in driver.trouble


def test_a_driver_whose_stamps_stand_still_is_believed():
    driver = Driver(REST)
    for _ in range(100):
        driver.now += PERIOD
        driver.publish(stamp=1.0)
    assert driver.trouble == ""


def test_impossible_states_alone_make_the_last_good_one_old():
    driver = Driver().run(0.1)
    for _ in range(27):
        driver.now += PERIOD
        driver.publish(ZEROS, REST)
    assert driver.trouble.startswith("joint state is 0.054 s old: 27 later ones cannot be true")
    assert driver.states.jumps == 0


def test_an_arm_that_stays_elsewhere_is_believed_after_it_was_stale():
    driver = Driver().run(0.1)
    driver.speed = REST
    driver.position = HOME + 1.0
    driver.run(0.08)
    assert driver.states.jumps == 1
    assert driver.trouble == ""
    np.testing.assert_array_equal(driver.states.position, HOME + 1.0)
    assert not driver.states.is_at_rest()  # what it did before is not known


def test_zeros_that_came_first_are_not_believed_for_long():
    driver = Driver()
    driver.publish(ZEROS, REST)
    driver.run(0.2, lambda cycle: driver.publish(ZEROS, REST) if cycle % 50 == 49 else None)
    assert driver.trouble == ""
    np.testing.assert_array_equal(driver.states.position, driver.position)


@pytest.mark.parametrize("velocity", [[], [math.nan] * 6])
def test_without_measured_velocities_they_come_by_difference(velocity):
    driver = Driver()
    for _ in range(100):
        driver.now += PERIOD
        driver.position = driver.position + PERIOD * SPEED
        driver.states.take(NAMES, list(driver.position), velocity, driver.now)
    assert driver.trouble == ""
    np.testing.assert_allclose(driver.states.velocity, SPEED, atol=1e-9)
    assert 0.009 <= driver.states.velocity_lag <= 0.014


@pytest.mark.parametrize(
    ("names", "position", "velocity", "said"),
    [
        (NAMES, [0.0] * 5 + [math.nan], [0.0] * 6, "not finite"),
        (NAMES, [0.0] * 5 + [-math.inf], [], "not finite"),
        (NAMES, HOME, [0.0] * 5 + [math.nan], "not finite"),
        (NAMES, HOME, [math.nan] * 6, "not finite"),  # it measured them before
        (NAMES[:5], [0.0] * 5, [], "missing"),
        ([*NAMES, NAMES[2]], [0.0] * 7, [], "twice"),
        (NAMES, [0.0] * 5, [], "5 positions"),
        (NAMES, [0.0] * 6, [0.0] * 5, "5 velocities"),
    ],
)
def test_broken_messages_are_a_fault_until_the_next_good_one(names, position, velocity, said):
    driver = Driver().run(0.1)
    assert driver.states.take(names, list(position), velocity, driver.now)
    assert said in driver.trouble
    driver.run(PERIOD)
    assert driver.trouble == ""


def test_states_of_other_joints_are_nobody_s():
    driver = Driver().run(0.1)
    assert not driver.states.take(["finger"], [0.0], [0.0], driver.now + 1.0)
    assert driver.trouble == ""


def test_drop_outs_and_long_periods_are_no_jumps():
    for period in (0.002, 0.01, 0.03, 0.05):
        driver = Driver(2.0 * SPEED, period=period).run(1.0)
        assert driver.states.skipped == 0
        assert driver.trouble == ""


@pytest.mark.parametrize(
    ("position", "velocity", "said"),
    [
        ([math.nan, *HOME[1:]], [0.0] * 6, "not finite: the position of shoulder_pan_joint is nan"),
        (HOME, [0.0] * 5 + [math.inf], "not finite: the velocity of wrist_3_joint is inf"),
        ([1e308] * 6, [0.0] * 6, "not finite: its values are too large"),
        (
            np.degrees(HOME),
            [0.0] * 6,
            "no joint state yet: .* at -90.* joint states are in radians",
        ),
    ],
)
def test_what_is_wrong_with_a_state_is_named(position, velocity, said):
    driver = Driver()
    driver.publish(position, velocity)
    assert re.search(said, driver.trouble)


def test_whose_states_come_instead_is_named():
    driver = Driver()
    driver.states.take(["left_elbow_joint", "finger"], [0.0, 0.0], [], driver.now)
    assert driver.trouble == "no joint state yet: what comes is of left_elbow_joint, finger"
