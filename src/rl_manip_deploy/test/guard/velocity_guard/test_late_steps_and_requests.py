"""Late is what time says it is: stops of a late guard, and requesters that are slow or late."""

import numpy as np
import pytest

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.safe_motion import stopping_time
from rl_manip_deploy.guard.velocity_guard import Mode

SLOW = [0.3, -0.2, 0.0, 0.0, 0.0, 0.0]  # [rad/s]
FAST = [1.5, -1.5, 0.0, 0.0, 0.0, 1.5]


@pytest.mark.parametrize("period", [0.002, 0.01, 0.03, 0.045])
def test_a_stop_takes_as_long_for_a_guard_that_is_stepped_seldom(bench, period):
    bench.armed(FAST)
    bench.guard.stop("asked for")
    begun, start = bench.position, bench.now
    while np.any(bench.sent[-1]):
        bench.run(period, period=period)
    # 1.5 / 14 + 14 / 4000 = 0.111 s, up to the next step; each command holds until then
    assert bench.now - start <= stopping_time(arm_limits(bench.arm), 1.5) + period + 1e-9
    way = np.abs(bench.position - begun).max()
    assert way <= 0.5 * 1.5 * 0.111 + 1.5 * period


def test_a_late_command_slows_the_arm_down_and_the_next_one_makes_it_go_on(bench):
    bench.armed()
    bench.run(0.024, request=None)
    np.testing.assert_allclose(bench.sent[-1], bench.request)
    bench.run(0.01, request=None)
    late = bench.sent[-1]
    assert np.all(np.abs(late) < np.abs(bench.request))
    assert bench.mode is Mode.ARMED
    bench.run(bench.period)
    largest = bench.arm.limits.stop_deceleration * bench.period + 1e-9
    assert np.all(np.abs(bench.sent[-1] - late) <= largest)
    bench.run(0.3)
    np.testing.assert_allclose(bench.sent[-1], bench.request)


@pytest.mark.parametrize("speed", [0.05, 0.2, 1.5])
@pytest.mark.parametrize("gap", [0.03, 0.05, 0.09])
def test_one_gap_never_drives_the_arm_backwards(bench, speed, gap):
    request = [speed, -speed, 0.5 * speed, 0.0, 0.0, speed]
    bench.armed(request)
    begun = len(bench.sent)
    bench.run(gap, request=None)
    bench.run(0.3, request=request)
    assert bench.mode is Mode.ARMED
    along = np.array(bench.sent[begun:]) * np.sign(request)
    assert along.min() >= -1e-9
    np.testing.assert_allclose(bench.sent[-1], request)


def follow(bench, period, jitter, seconds, request, seed=0):
    """A requester with a timer that is `jitter` late or early; the commands of that time."""
    rng = np.random.default_rng(seed)
    begun, start, due = len(bench.sent), bench.now, 0
    while bench.now < start + seconds:
        if bench.now - start >= due * period + jitter * rng.uniform(-1.0, 1.0):
            bench.ask(request)
            due += 1
        bench.run(bench.period, request=None)
    return np.array(bench.sent[begun:])


@pytest.mark.parametrize(
    ("period", "jitter"), [(0.04, 0.0), (0.04, 0.005), (0.04, 0.01), (0.02, 0.005), (0.06, 0.01)]
)
def test_a_requester_at_its_own_rate_gets_what_it_asks_for(bench, period, jitter):
    bench.ready()
    assert bench.guard.arm(bench.now) == ""
    follow(bench, period, jitter, 0.5, SLOW)
    sent = follow(bench, period, jitter, 2.5, SLOW, seed=1)
    assert bench.mode is Mode.ARMED
    mean = sent.mean(axis=0)
    np.testing.assert_array_less(0.97 * np.abs(SLOW)[:2], np.abs(mean)[:2] + 1e-12)
    assert np.all(sent * np.sign(SLOW) >= -1e-9)


def zero_after_death(bench, period):
    """Time from a requester's last request to zero [s]."""
    bench.ready()
    assert bench.guard.arm(bench.now) == ""
    follow(bench, period, 0.0, max(0.3, 7.0 * period), FAST)
    bench.ask(FAST)
    asked = bench.now
    while np.any(bench.sent[-1]):
        bench.run(bench.period, request=None)
        assert bench.now < asked + 1.0
    return bench.now - asked


@pytest.mark.parametrize("period", [0.01, 0.02, 0.04, 0.08])
def test_a_requester_that_dies_is_stopped_within_what_its_rate_allows(bench, period):
    # min(max(25 ms, 1.5 periods), 100 ms), 1.5 / 14 + 14 / 4000 = 111 ms, and two steps
    hold = min(max(0.025, 1.5 * period), 0.1)
    assert zero_after_death(bench, period) <= hold + 0.111 + 2.0 * bench.period + 1e-9
    bench.run(0.1, request=None)
    assert bench.mode is Mode.STOPPED


def test_zero_within_150_ms_of_the_last_command_of_a_policy_at_its_full_speed(bench):
    assert zero_after_death(bench, 0.01) <= 0.142


def test_a_slow_requester_that_has_gone_leaves_no_long_hold_behind(bench):
    bench.ready()
    assert bench.guard.arm(bench.now) == ""
    follow(bench, 0.08, 0.0, 0.8, SLOW)
    bench.run(0.3)
    bench.run(0.03, request=None)
    assert np.all(np.abs(bench.sent[-1]) < np.abs(bench.request))
