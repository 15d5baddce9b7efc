"""Commands recorded or sent at irregular times: the delay's interval holds the truth."""

import itertools

import numpy as np
import pytest

from rl_manip_gap.metrics.receipt_jitter import on_schedule
from rl_manip_gap.metrics.response import joint_response
from rl_manip_gap.recording.signals import Commands
from rl_manip_gap.testing.synthetic_bag import smooth_velocity

PERIOD = 0.008  # of the commands [s]
DRAWS = 12
DURATION = 12.0  # [s]


def case(seed, jitter, recorder, noise):
    """Commands as recorded, states, and the true delay; the arm's servo trails by 15 ms."""
    rng = np.random.default_rng(seed)
    due = np.arange(0.0, DURATION, PERIOD)
    late = np.minimum(rng.exponential(jitter, len(due)), 0.9 * PERIOD)
    sent = due if recorder else due + late
    time = np.arange(0.0007, DURATION, 0.00201)  # out of step with the commands
    wanted = smooth_velocity(seed, 1)(due)
    delay, lag = rng.uniform(0.005, 0.04), 0.015
    held = Commands(sent, wanted).at(time - delay)[:, 0]
    velocity, now = np.empty_like(held), 0.0
    for index, command in enumerate(held):
        now += (command - now) * 0.00201 / lag
        velocity[index] = now
    velocity += noise * rng.standard_normal(len(time))
    truth = Commands(sent, wanted)
    return Commands(due + late, wanted), truth, time, velocity[:, None]


def test_a_schedule_is_found_under_its_jitter():
    rng = np.random.default_rng(1)
    due = 3.0 + 0.00801 * np.arange(4000)
    due = np.delete(due, [700, 2500, 2501])  # that were lost
    found = on_schedule(np.maximum.accumulate(due + rng.exponential(0.003, len(due))))
    close = np.abs(found - due) < 5e-4
    assert close.mean() > 0.95  # all but those around the lost ones


def test_commands_on_time_or_at_random_have_no_schedule():
    rng = np.random.default_rng(1)
    assert on_schedule(0.008 * np.arange(1000)) is None
    assert on_schedule(np.cumsum(rng.exponential(0.008, 1000))) is None


def test_late_recording_does_not_make_the_delay_shorter():
    """Recorded 3 ms late on average: that much was missing of the delay, ten half intervals."""
    recorded, truth, time, velocity = case(3, 0.004, True, 0.003)
    delay = joint_response(truth, time, velocity, 0).delay_s.value
    found = joint_response(recorded, time, velocity, 0).delay_s
    assert found.value == pytest.approx(delay, abs=3e-4)


def test_intervals_hold_the_truth_whoever_was_late():
    """With motion that tells who was late and with noise that hides it, 12 draws of each."""
    held = []
    for recorder, noise in itertools.product((True, False), (0.002, 0.05)):
        for seed in range(DRAWS):
            recorded, truth, time, velocity = case(seed, 0.003, recorder, noise)
            true = joint_response(truth, time, velocity, 0).delay_s.value
            low, high = joint_response(recorded, time, velocity, 0).delay_s.ci95
            held.append(low <= true <= high)
    assert np.mean(held) >= 0.93
