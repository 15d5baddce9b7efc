"""Control steps stay on their grid, whatever a stall leaves out."""

import pytest

from rl_manip_deploy.policy.step_times import StepTimes

PERIOD = 0.04
SLACK = 0.005


def test_a_step_is_due_a_period_after_the_last_one_was():
    steps = StepTimes(10.0, PERIOD, SLACK)
    assert not steps.is_due(10.03)
    assert steps.is_due(10.036)  # a timer of 10 ms may be early by less than half of that
    assert steps.take(10.036) == pytest.approx(-0.004)
    assert not steps.is_due(10.07)
    assert steps.take(10.083) == pytest.approx(0.003)
    assert steps.take(10.12) == pytest.approx(0.0)


def test_after_a_stall_steps_are_punctual_again():
    steps = StepTimes(10.0, PERIOD, SLACK)
    assert steps.take(10.04 + 0.1) == pytest.approx(0.1)  # those at 10.08 and 10.12 are left out
    assert not steps.is_due(10.154)
    assert steps.take(10.16) == pytest.approx(0.0)


def test_a_step_that_is_almost_a_period_late_is_followed_at_once():
    steps = StepTimes(10.0, PERIOD, SLACK)
    steps.take(10.079)
    assert steps.is_due(10.08)
