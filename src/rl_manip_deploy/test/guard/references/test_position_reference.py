"""Positions for a controller that holds them: begun at the arm, never a leap, never far ahead."""

from __future__ import annotations

import numpy as np
import pytest

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.references.position_reference import PositionReference
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
LIMITS = arm_limits(ARM)
REST = np.zeros(6)
STEP = 0.002


def reference() -> PositionReference:
    return PositionReference(LIMITS, ARM.home)


def test_it_begins_where_the_arm_is_and_adds_up_what_is_commanded():
    velocity = np.array([1.0, -0.5, 0.2, 0.0, 0.0, 1.5])
    sut, where = reference(), ARM.home.copy()
    assert sut.move(REST, STEP, where) == pytest.approx(ARM.home)
    for _ in range(250):
        where = where + STEP * velocity
        sent = sut.move(velocity, STEP, where)
    # 0.5 s, less half a step in which the speed rose from rest
    assert sent == pytest.approx(ARM.home + (0.5 - 0.001) * velocity, abs=1e-9)


def test_an_arm_that_lags_is_led_by_no_more_than_its_lag():
    """At 1 rad/s it is 0.09 s late: 0.09 rad behind, which is not wound up, and not cut either."""
    velocity = np.full(6, 1.0)
    sut, history = reference(), [ARM.home.copy()] * 46
    for _ in range(500):
        history.append(sut.move(velocity, STEP, history[-46]))
    assert history[-1] - history[-46] == pytest.approx(0.09 * velocity, abs=3e-3)


@pytest.mark.parametrize("velocity", [0.0, 0.3, -1.5])
def test_an_arm_that_is_held_up_is_not_pressed_further_and_further(velocity):
    """0.05 rad at rest, and 0.09 s of the commanded motion more, while it is commanded."""
    sut = reference()
    for _ in range(1000):
        sent = sut.move(np.full(6, velocity), STEP, ARM.home)
    lead = 0.05 + 0.09 * abs(velocity)
    assert np.abs(sent - ARM.home) == pytest.approx(lead if velocity else 0.0, abs=1e-9)
    for _ in range(1000):
        sent = sut.move(REST, STEP, ARM.home)
    assert np.abs(sent - ARM.home).max() <= 0.05 + 1e-9


def test_an_arm_that_was_carried_away_is_followed_no_faster_than_it_may_move():
    sut = reference()
    before = sut.move(REST, STEP, ARM.home)
    away = ARM.home + 1.0
    for _ in range(3):
        sent = sut.move(REST, STEP, away)
        assert np.abs(sent - before).max() <= STEP * LIMITS.velocity.max() + 1e-12
        before = sent
    for _ in range(500):
        sent = sut.move(REST, STEP, away)
    assert sent == pytest.approx(away - 0.05)


def test_time_that_the_guard_missed_is_not_made_up_for_in_one_leap():
    velocity = np.full(6, 1.5)
    sut = reference()
    before = sut.move(velocity, STEP, ARM.home)
    sent = sut.move(velocity, 0.8, ARM.home)
    assert np.abs(sent - before).max() <= 0.03 * 1.5 + 1e-12


def test_without_a_joint_state_it_goes_on_as_commanded():
    sut = reference()
    sut.move(np.full(6, 0.5), STEP, None)
    assert sut.move(np.full(6, 0.5), 0.01, None) == pytest.approx(ARM.home + 0.0055)
