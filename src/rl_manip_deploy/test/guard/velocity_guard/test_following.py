"""An arm that does not do what it is commanded is stopped; one that lags, gives way or is noisy is
not."""

from collections import deque

import numpy as np
import pytest

from rl_manip_deploy.guard.velocity_guard import Mode

REST = [0.0] * 6
FAST = [1.5, 0.0, 0.0, 0.0, 0.0, -1.5]


class LateArm:
    """An arm behind a delay, a lag of first order and a gain, read late and with noise.

    Args:
        bench: its guard.
        delay: from a command to the joint [s].
        state_delay: from the joint to the guard [s].
        lag: time constant [s].
        gain: reached over commanded velocity [1].
        noise: of positions [rad]; 25 times as much of velocities [rad/s].
        every: cycles from one state to the next.
    """

    def __init__(
        self, bench, delay=0.02, state_delay=0.0, lag=0.02, gain=1.0, noise=0.0, every=1, seed=0
    ):
        self.bench, self.lag, self.gain, self.noise, self.every = bench, lag, gain, noise, every
        self.follows, self.scaling = True, 1.0
        self._rng = np.random.default_rng(seed)
        self._velocity = np.zeros(6)
        cycles = round(delay / bench.period) + 1
        self._on_the_way = deque([np.zeros(6)] * cycles, maxlen=cycles)
        cycles = round(state_delay / bench.period) + 1
        self._seen = deque([(bench.position, np.zeros(6))] * cycles, maxlen=cycles)
        self._cycle = 0

    def run(self, seconds, request=()):
        """Cycles with a request (the bench's own where it is empty); until the guard stops it."""
        bench = self.bench
        for _ in range(round(seconds / bench.period)):
            bench.now += bench.period
            self._move()
            bench.ask(bench.request if len(request) == 0 else request)
            self._cycle += 1
            if self._cycle % self.every == 0:
                position, velocity = self._seen[0]
                position = position + self.noise * self._rng.standard_normal(6)
                velocity = velocity + 25.0 * self.noise * self._rng.standard_normal(6)
                said = velocity.tolist() if bench.measures_velocity else []
                bench.guard.on_joint_state(bench.names, position.tolist(), said, bench.now)
                bench.step()
        return self

    def _move(self):
        bench = self.bench
        self._on_the_way.append(bench.sent[-1])
        wanted = self.scaling * self.gain * self._on_the_way[0] * self.follows
        self._velocity = self._velocity + (wanted - self._velocity) * bench.period / (
            self.lag + bench.period
        )
        if not self.follows:
            self._velocity = np.zeros(6)
        bench.position = bench.position + bench.period * self._velocity
        self._seen.append((bench.position, self._velocity))

    def armed(self):
        self.bench.guard.on_program_running(True)
        self.run(0.3, REST)
        assert self.bench.guard.arm(self.bench.now) == ""
        return self


def time_to_stop(arm, request=()):
    """Seconds until the guard stops [s]; within 3 s."""
    bench, since = arm.bench, arm.bench.now
    while bench.mode is Mode.ARMED:
        arm.run(bench.period * arm.every, request)
        assert bench.now < since + 3.0
    return bench.now - since


@pytest.mark.parametrize("every", [1, 5, 24])
def test_an_arm_that_stands_still_at_full_speed_is_noticed_soon(bench, every):
    arm = LateArm(bench, every=every).armed().run(0.4, FAST)
    arm.follows = False
    # 0.08 s of lag, (0.03 + 0.1 * 0.4) rad / 1.5 rad/s, and two states
    assert time_to_stop(arm, FAST) < 0.17 + 2 * every * bench.period
    assert "the arm does not follow: " in bench.guard.reason
    assert "see that its controller is active" in bench.guard.reason


def test_frozen_but_fresh_states_are_noticed_whatever_velocities_they_bear(bench):
    arm = LateArm(bench).armed().run(0.4, FAST)
    position, velocity = bench.position.copy(), arm._velocity.copy()
    for _ in range(90):
        bench.now += bench.period
        bench.guard.on_joint_state(bench.names, list(position), list(velocity), bench.now)
        bench.ask(FAST)
        bench.step()
    assert bench.mode is Mode.STOPPING
    assert "does not follow" in bench.guard.reason


@pytest.mark.parametrize(("speed", "within"), [(0.5, 0.25), (0.2, 0.5), (0.05, 2.0)])
def test_a_slow_arm_that_stands_still_is_noticed_later(bench, speed, within):
    request = [0.0, 0.0, 0.0, 0.0, speed, 0.0]
    arm = LateArm(bench).armed().run(0.3, request)
    arm.follows = False
    assert time_to_stop(arm, request) < within
    assert "wrist_2_joint moved by" in bench.guard.reason


def test_an_arm_that_never_began_to_follow_is_noticed_before_it_is_asked_for_full_speed(make_bench):
    bench = make_bench({"arming_ramp": 1.0})
    arm = LateArm(bench).armed()
    arm.follows = False
    time_to_stop(arm, FAST)
    assert np.abs(bench.sent).max() < 1.2


def test_an_arm_that_moves_by_itself_is_noticed(bench):
    arm = LateArm(bench).armed()
    for _ in range(100):
        bench.position = bench.position + [0.0, 0.0, 0.8 * bench.period, 0.0, 0.0, 0.0]
        arm.run(bench.period, REST)
    assert bench.mode is not Mode.ARMED
    assert "elbow_joint moved by" in bench.guard.reason


def test_an_arm_that_moves_the_other_way_is_noticed(bench):
    arm = LateArm(bench, gain=-1.0).armed()
    assert time_to_stop(arm, FAST) < 0.25


@pytest.mark.parametrize(
    "path",
    [
        {"delay": 0.002, "lag": 0.001},
        {"delay": 0.02, "lag": 0.02},
        {"delay": 0.02, "lag": 0.02, "state_delay": 0.04},
        {"delay": 0.01, "lag": 0.01, "state_delay": 0.02, "every": 24},
        {"delay": 0.002, "lag": 0.001, "every": 24},
        {"gain": 0.96, "noise": 2e-4},
        {"gain": 1.04, "noise": 2e-4, "every": 10},
    ],
)
@pytest.mark.parametrize("velocities", [True, False])
def test_lag_gain_and_noise_are_no_fault(bench, path, velocities):
    bench.measures_velocity = velocities
    rng = np.random.default_rng(3)
    arm = LateArm(bench, **path).armed()
    for _ in range(12):
        arm.run(rng.uniform(0.05, 0.4), rng.uniform(-1.5, 1.5, 6))
        arm.run(rng.uniform(0.05, 0.4), np.clip(2.0 * (bench.arm.home - bench.position), -1.5, 1.5))
        assert bench.mode is Mode.ARMED, bench.guard.reason


@pytest.mark.parametrize("scales_motion", [True, False])
def test_a_robot_that_is_scaled_down_follows(bench, scales_motion):
    arm = LateArm(bench).armed().run(0.2)
    for scaling in (0.1, 0.5, 1.0):
        bench.guard.on_speed_scaling(scaling)
        arm.scaling = scaling if scales_motion else 1.0
        arm.run(0.3)
        assert bench.mode is Mode.ARMED, bench.guard.reason


def test_after_it_was_armed_again_what_was_before_does_not_count(bench):
    arm = LateArm(bench).armed().run(0.4, FAST)
    arm.follows = False
    time_to_stop(arm, FAST)
    arm.run(0.4, REST)
    arm.follows = True
    assert bench.guard.arm(bench.now) == ""
    arm.run(0.4)
    assert bench.mode is Mode.ARMED


def test_controller_off_and_on_again_finds_no_command_to_jump_to(bench):
    arm = LateArm(bench).armed().run(0.4, FAST)
    arm.follows = False
    arm.run(0.3, FAST)
    arm.follows = True
    arm.run(0.3, FAST)
    assert bench.mode is Mode.STOPPED
    assert np.abs(arm._velocity).max() == 0.0
