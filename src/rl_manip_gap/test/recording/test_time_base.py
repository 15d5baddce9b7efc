"""One time axis out of two clocks that jitter, drift and step."""

import numpy as np

from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.recording.time_base import build_time_base


def build(receive, stamp):
    noted = Irregularities()
    base = build_time_base(np.arange(len(receive)), receive, stamp, "/t", noted)
    return base, {irregularity.kind: irregularity.count for irregularity in noted.listed()}


def transport(count, seed=0):
    """Transport times [s] of at least 1 ms."""
    return 0.001 + np.random.default_rng(seed).exponential(0.002, count)


def test_jitter_of_the_transport_is_taken_out():
    true = 0.002 * np.arange(5000)
    base, odd = build(true + transport(5000), true - 40.0)
    assert odd == {}
    assert np.abs(base.time - true - 0.001).max() < 5e-5


def test_drift_between_the_clocks_is_followed():
    true = 0.002 * np.arange(50_000)
    base, _ = build(true + transport(50_000), true * (1.0 - 50e-6) + 3.0)
    assert np.abs(base.time - true - 0.001).max() < 1e-4


def test_a_step_of_the_stamps_clock_is_followed_and_counted():
    true = 0.002 * np.arange(5000)
    stamp = true + np.where(true > 5.0, 0.7, 0.0)
    base, odd = build(true + transport(5000), stamp)
    assert odd == {"clock_steps": 1}
    assert np.abs(base.time - true - 0.001).max() < 2e-4
    assert len(np.unique(base.segment)) == 2


def test_a_step_of_the_receive_clock_is_taken_out_of_every_topic():
    true = 0.002 * np.arange(5000)
    receive = true + transport(5000) - np.where(true > 5.0, 2.0, 0.0)
    base, odd = build(receive, true)
    assert odd == {"clock_steps": 1}
    assert np.abs(base.time - true - 0.001).max() < 0.02  # to within the transport's jitter
    commands = base.corrected_receive(np.array([100, 4000]), np.array([0.2, 8.0 - 2.0]))
    assert np.allclose(commands, [0.2, 8.0], atol=0.02)


def test_a_recorder_that_stalls_steps_no_clock():
    true = 0.002 * np.arange(5000)
    receive = true + transport(5000)
    stalled = (receive > 4.0) & (receive < 4.4)
    receive[stalled] = 4.4
    base, odd = build(receive, true)
    assert odd == {}
    assert np.abs(base.time - true - 0.001).max() < 5e-5


def test_duplicates_and_wrong_order_are_mended_and_counted():
    true = 0.01 * np.arange(100)
    stamp, receive = true.copy(), true + 0.001
    stamp[[20, 21]] = stamp[[21, 20]]  # the older one was overtaken on its way
    receive[[20, 21]] = true[21] + [0.001, 0.0012]
    stamp[50] = stamp[49]
    base, odd = build(receive, stamp)
    assert odd == {"out_of_order_stamps": 1, "duplicate_stamps": 1}
    assert len(base.time) == 99
    assert (np.diff(base.time) > 0).all()
    assert list(base.rows[19:22]) == [19, 21, 20]


def test_a_lone_wrong_stamp_is_left_out():
    true = 0.01 * np.arange(100)
    stamp = true.copy()
    stamp[30] += 1000.0
    base, odd = build(true, stamp)
    assert odd == {"wrong_stamps": 1}
    assert 30 not in base.rows


def test_what_came_before_it_was_sent_sets_no_offset():
    true = 0.002 * np.arange(5000)
    receive = true + transport(5000)
    receive[[700, 705, 4999]] -= [0.1, 0.03, 0.2]  # damaged
    base, odd = build(receive, true)
    assert odd == {"wrong_stamps": 3}
    assert np.abs(base.time - true[base.rows] - 0.001).max() < 5e-5


def test_without_stamps_receive_times_are_used():
    true = 0.01 * np.arange(100)
    base, odd = build(true, np.zeros(100))
    assert odd == {"no_stamps": 100}
    assert np.allclose(base.time, true)
