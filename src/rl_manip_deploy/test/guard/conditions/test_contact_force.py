"""The force that an arm may press with: what stops it, and what does not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rl_manip_deploy.guard.conditions.contact_force import ContactForce


def felt(force, limit=50.0, now=0.0):
    contact = ContactForce(limit, timeout=0.1)
    contact.take([*force, 5.0, 5.0, 5.0], now)
    return contact


def test_the_length_of_the_force_counts_and_no_torque():
    """(30, 40, 0) N are 50 N."""
    assert felt((30.0, 40.0, 0.0)).trouble(0.0) == ""
    trouble = felt((30.0, 40.0, 5.0)).trouble(0.0)
    assert "contact force 50 N is above 50 N" in trouble


def test_an_arm_without_a_limit_needs_no_sensor():
    assert ContactForce(0.0, 0.1).trouble(5.0) == ""


def test_a_sensor_that_is_silent_stops_the_arm():
    assert "no wrench of the wrist yet" in ContactForce(50.0, 0.1).trouble(0.0)
    contact = felt((1.0, 0.0, 0.0), now=2.0)
    assert contact.trouble(2.09) == ""
    assert "0.110 s old" in contact.trouble(2.11)


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_wrench_that_is_not_finite_stops_the_arm(broken):
    assert "not finite" in felt((0.0, broken, 0.0)).trouble(0.0)
    contact = ContactForce(50.0, 0.1)
    contact.take(np.array([0.0, 0.0, 0.0, 0.0, 0.0, broken]), 0.0)
    assert "not finite" in contact.trouble(0.0)
    contact.take(np.zeros(6), 0.01)
    assert contact.trouble(0.02) == ""
