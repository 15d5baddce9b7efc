"""The watchdog's judgement: silence after "I move" is an alarm, silence after "I rest" is not."""

import math

import pytest

from rl_manip_deploy.guard.heartbeat import PERIOD, HeartbeatWatch


def looks(watch, start, seconds):
    """Whether any regular look from `start` on for so long finds silence."""
    count = round(seconds / PERIOD)
    silences = [watch.silence(start + i * PERIOD) for i in range(count + 1)]
    return any(silences)


def test_silence_of_a_moving_guard_is_an_alarm_after_the_timeout():
    watch = HeartbeatWatch(0.08)
    watch.on_beat(True, 10.0)
    assert not looks(watch, 10.0, 0.06)
    assert watch.silence(10.08 + 2e-6) == pytest.approx(0.08, abs=1e-5)


def test_silence_of_a_guard_at_rest_is_none():
    watch = HeartbeatWatch(0.08)
    watch.on_beat(True, 10.0)
    watch.on_beat(False, 10.02)
    assert not looks(watch, 10.0, 5.0)


def test_a_guard_that_was_never_heard_is_none():
    assert not looks(HeartbeatWatch(0.08), 10.0, 5.0)


def test_after_a_stall_of_the_watcher_the_waiting_heartbeat_counts_first():
    watch = HeartbeatWatch(0.08)
    watch.on_beat(True, 10.0)
    watch.silence(10.0)
    assert watch.silence(10.5) == 0.0
    watch.on_beat(True, 10.5)
    assert watch.silence(10.52) == 0.0


@pytest.mark.parametrize("timeout", [0.0, 0.01, -1.0, math.nan, math.inf, 2.0])
def test_unsafe_timeouts_are_refused(timeout):
    with pytest.raises(ValueError, match="heartbeat timeout"):
        HeartbeatWatch(timeout)
