"""Gain, phase and coherence of servos whose response is known."""

import numpy as np
import pytest

from rl_manip_gap.metrics.frequency_response import COHERENT, HIGHEST, frequency_responses
from rl_manip_gap.recording.signals import Commands, TimeSpan

STEP = 0.002
DELAY, LAG, GAIN = 0.03, 0.04, 0.9  # a servo late, slow and weak [s, s, 1]


def tones(seconds=60.0, seed=0):
    """Times (N,) and velocities (N, 1) of forty tones up to 15 Hz."""
    rng = np.random.default_rng(seed)
    time = np.arange(0.0, seconds, STEP)
    frequencies, phases = np.geomspace(0.3, 15.0, 40), rng.uniform(0.0, 6.28, 40)
    return time, np.sin(2 * np.pi * time[:, None] * frequencies + phases).sum(axis=1)[:, None]


def servo(time, sent):
    """A delay, then a lag of first order."""
    late = np.interp(time - DELAY, time, sent[:, 0], left=0.0)
    moved, keeps = np.empty_like(late), np.exp(-STEP / LAG)
    state = 0.0
    for row, command in enumerate(late):
        state = keeps * state + (1.0 - keeps) * command
        moved[row] = state
    return GAIN * moved[:, None]


def known(response, frequency):
    row = int(np.argmin(np.abs(response.frequency - frequency)))
    assert response.known[row]
    return response.frequency[row], response.gain[row], response.phase[row]


def test_a_late_and_lagging_servo_is_seen_as_one():
    time, sent = tones()
    (found,) = frequency_responses(Commands(time, sent), time, servo(time, sent), ())
    for wanted in (0.5, 1.0, 3.0, 6.0):
        frequency, gain, phase = known(found, wanted)
        angle = 2.0 * np.pi * frequency
        assert gain == pytest.approx(GAIN / np.hypot(1.0, angle * LAG), rel=0.05)
        assert phase == pytest.approx(-angle * DELAY - np.arctan(angle * LAG), abs=0.08)
    assert found.bandwidth_hz == pytest.approx(1.0 / (2.0 * np.pi * LAG), rel=0.1)
    assert found.frequency.max() <= HIGHEST


def test_noise_lowers_coherence_where_it_covers_the_motion():
    time, sent = tones()
    rng = np.random.default_rng(1)
    noise = 60.0 * rng.standard_normal((len(time), 1))
    (clean,) = frequency_responses(Commands(time, sent), time, sent, ())
    (noisy,) = frequency_responses(Commands(time, sent), time, servo(time, sent) + noise, ())
    fast = clean.excited & (clean.frequency > 8.0)
    assert clean.coherence[fast].min() > 0.95
    assert noisy.coherence[fast].mean() < COHERENT
    assert not noisy.known[fast].all()


def test_stops_are_left_out():
    time, sent = tones()
    moved = servo(time, sent)
    stood = (time > 20.0) & (time < 30.0)
    moved[stood] = 0.0
    commands = Commands(time, sent)
    (spoilt,) = frequency_responses(commands, time, moved, ())
    (left_out,) = frequency_responses(commands, time, moved, (TimeSpan(20.0, 30.1),))
    near = np.abs(left_out.frequency - 1.0) < 0.3
    assert spoilt.coherence[near].max() < left_out.coherence[near].min()


def test_what_cannot_be_known_is_none():
    time, sent = tones()
    both = np.hstack([sent, np.zeros_like(sent)])
    moving, still = frequency_responses(Commands(time, both), time, both, ())
    assert moving.bandwidth_hz is None  # nothing falls off
    assert still is None
    short = time < 5.0
    assert frequency_responses(Commands(time, sent), time[short], sent[short], ()) == [None]
