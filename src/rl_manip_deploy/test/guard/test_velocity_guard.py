"""The guard's states: what stops it, how it stops, and that only `arm` starts it again."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.safe_motion import stopping_time
from rl_manip_deploy.guard.velocity_guard import GuardTiming, Mode, VelocityGuard
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
NAMES = list(ARM.joint_names)
PERIOD = 0.002  # [s]
REQUEST = [0.5, -0.4, 0.3, 0.2, -0.1, 0.6]


class Bench:
    """A guard with an ideal arm behind it and a clock of its own."""

    def __init__(self, **timing):
        self.guard = VelocityGuard(ARM, arm_limits(ARM), GuardTiming(**timing))
        self.now = 100.0
        self.position = ARM.home.copy()
        self.sent = []

    def run(self, seconds, request=REQUEST, states=True):
        for _ in range(round(seconds / PERIOD)):
            self.now += PERIOD
            if states:
                self.joint_state()
            if request is not None:
                self.guard.on_command(NAMES, request, self.now)
            self.step()

    def joint_state(self):
        velocity = self.sent[-1] if self.sent else np.zeros(6)
        self.guard.on_joint_state(NAMES, list(self.position), list(velocity), self.now)

    def step(self):
        self.sent.append(self.guard.step(self.now))
        self.position = self.position + PERIOD * self.sent[-1]
        return self.sent[-1]

    def armed(self):
        self.guard.on_program_running(True)
        self.run(0.02)
        assert self.guard.arm(self.now) == ""
        self.run(0.2)
        np.testing.assert_allclose(self.sent[-1], REQUEST)
        return self

    def check_stop(self, reason):
        """Rest within v / A + A / J of the fastest joint, no limit of stops broken, latched."""
        begun = len(self.sent)
        self.run(stopping_time(arm_limits(ARM), 0.6) + PERIOD, states=False)
        assert self.guard.mode is Mode.STOPPED
        assert reason in self.guard.reason
        sent = np.array(self.sent[begun - 1 :])
        np.testing.assert_array_equal(sent[-1], 0.0)
        change = np.diff(sent, axis=0) / PERIOD
        assert np.all(np.abs(change) <= ARM.limits.stop_deceleration + 1e-6)
        assert np.all(np.abs(np.diff(change, axis=0)) / PERIOD <= ARM.limits.stop_jerk + 1e-3)
        self.guard.on_program_running(True)
        self.guard.on_speed_scaling(1.0)
        self.run(0.3)
        np.testing.assert_array_equal(self.sent[-1], 0.0)
        assert self.guard.mode is Mode.STOPPED
        assert self.guard.arm(self.now) == ""
        self.run(PERIOD)
        assert np.all(np.abs(self.sent[-1]) <= ARM.limits.jerk * PERIOD**2 + 1e-9)
        self.run(0.2)
        np.testing.assert_allclose(self.sent[-1], REQUEST)


@pytest.fixture
def bench():
    return Bench()


def test_nothing_moves_before_it_is_armed(bench):
    bench.guard.on_program_running(True)
    bench.run(0.5)
    assert bench.guard.mode is Mode.DISARMED
    np.testing.assert_array_equal(bench.sent, 0.0)


def test_arming_is_refused_until_everything_is_there(bench):
    assert "no joint state" in bench.guard.arm(bench.now)
    bench.run(0.01, request=None)
    assert "program" in bench.guard.arm(bench.now)
    bench.guard.on_program_running(True)
    assert "no command" in bench.guard.arm(bench.now)
    bench.run(0.01)
    bench.now += 0.2
    assert "joint state is 0.200 s old" in bench.guard.arm(bench.now)
    bench.joint_state()
    assert "command is 0.200 s old" in bench.guard.arm(bench.now)
    assert bench.guard.mode is Mode.DISARMED


def test_silent_policy_stops_it(bench):
    bench.armed().run(0.1, request=None)
    assert bench.guard.mode is Mode.ARMED
    bench.run(PERIOD * 2, request=None)
    bench.check_stop("command is 0.10")


def test_a_late_command_slows_the_arm_down_and_the_next_one_makes_it_go_on():
    bench = Bench(command_hold=0.024).armed()
    bench.run(0.024, request=None)
    np.testing.assert_allclose(bench.sent[-1], REQUEST)
    bench.run(0.01, request=None)
    late = bench.sent[-1]
    assert np.all(np.abs(late) < np.abs(REQUEST))
    assert bench.guard.mode is Mode.ARMED
    bench.run(PERIOD)
    assert np.all(np.abs(bench.sent[-1] - late) <= ARM.limits.stop_deceleration * PERIOD + 1e-9)
    bench.run(0.2)
    np.testing.assert_allclose(bench.sent[-1], REQUEST)


def test_zero_within_150_ms_of_the_last_command_of_a_policy_at_its_full_speed():
    bench = Bench(command_hold=0.025).armed()
    bench.run(0.5, request=[1.5, -1.5, 0.0, 0.0, 0.0, 1.5])
    np.testing.assert_allclose(np.abs(bench.sent[-1]).max(), 1.5)
    # 0.025 + 1.5 / 14 + 14 / 4000 = 0.136 s, and a joint state that is just missed
    bench.run(0.136 + 2.0 * PERIOD, request=None)
    np.testing.assert_array_equal(bench.sent[-1], 0.0)
    assert "command is 0.10" in bench.guard.reason


def test_silent_robot_stops_it(bench):
    bench.armed().run(0.056, states=False)
    bench.check_stop("joint state is 0.05")


@pytest.mark.parametrize(
    ("names", "velocity", "reason"),
    [
        (NAMES, [math.nan] * 6, "not finite"),
        (NAMES, [0.0] * 5 + [math.inf], "not finite"),
        (NAMES, [0.0] * 5, "5 velocities"),
        (NAMES, [0.0] * 7, "7 velocities"),
        (NAMES[:5], [0.0] * 5, "5 joint names"),
        ([*NAMES[:5], NAMES[0]], [0.0] * 6, "missing"),
        ([f"other_{name}" for name in NAMES], [0.0] * 6, "missing"),
        ([], [], "0 joint names"),
    ],
)
def test_bad_command_stops_it(bench, names, velocity, reason):
    bench.armed().guard.on_command(names, velocity, bench.now)
    bench.step()
    bench.check_stop(reason)


def test_every_order_of_the_joints_gives_the_same_commands():
    def commands(state_order, command_order):
        bench = Bench()
        bench.guard.on_program_running(True)
        for _ in range(4):
            bench.now += PERIOD
            position = [bench.position[i] for i in state_order]
            bench.guard.on_joint_state([NAMES[i] for i in state_order], position, [], bench.now)
            request = [REQUEST[i] for i in command_order]
            bench.guard.on_command([NAMES[i] for i in command_order], request, bench.now)
            bench.guard.arm(bench.now)
            bench.step()
        return bench.sent

    orders = list(itertools.permutations(range(6)))
    assert len(orders) == 720
    expected = commands(orders[0], orders[0])
    assert np.all(np.abs(expected[-1]) > 0.0)
    for order, other in zip(orders, reversed(orders)):
        np.testing.assert_array_equal(commands(order, other), expected)


def test_packets_of_nan_do_not_count_as_a_fresh_command(bench):
    bench.guard.on_program_running(True)
    for _ in range(10):
        bench.now += PERIOD
        bench.joint_state()
        bench.guard.on_command(NAMES, [math.nan] * 6, bench.now)
    assert "not finite" in bench.guard.arm(bench.now)


@pytest.mark.parametrize(
    ("names", "position", "reason"),
    [
        (NAMES, [0.0] * 5 + [math.nan], "not finite"),
        (NAMES[:5], [0.0] * 5, "missing"),
        ([*NAMES, NAMES[2]], [0.0] * 7, "twice"),
        (NAMES, [0.0] * 5, "5 positions"),
        (NAMES, [0.0] * 5 + [40.0], "cannot be true"),
    ],
)
def test_bad_joint_state_stops_it(bench, names, position, reason):
    bench.armed().guard.on_joint_state(names, position, [0.0] * len(position), bench.now)
    bench.step()
    bench.check_stop(reason)


def test_joint_states_of_a_gripper_neither_stop_nor_refresh_it(bench):
    bench.armed()
    assert not bench.guard.on_joint_state(["finger"], [0.0], [0.0], bench.now)
    bench.run(0.02)
    assert bench.guard.mode is Mode.ARMED


def test_program_that_stops_and_comes_back_by_itself_does_not_move_the_arm(bench):
    bench.armed().guard.on_program_running(False)
    bench.step()
    bench.guard.on_program_running(True)
    bench.check_stop("program is not running")


def test_speed_scaling_to_zero_stops_it(bench):
    bench.armed().guard.on_speed_scaling(0.0)
    bench.step()
    bench.check_stop("speed scaling")


def test_stop_request_stops_it(bench):
    bench.armed().guard.stop("asked for")
    bench.step()
    bench.check_stop("asked for")


def test_stalled_guard_stops_and_makes_no_jump(bench):
    bench.armed()
    before = bench.sent[-1]
    bench.now += 0.3
    bench.joint_state()
    bench.guard.on_command(NAMES, [-3.0] * 6, bench.now)
    after = bench.step()
    assert bench.guard.mode is Mode.STOPPING
    largest = ARM.limits.stop_deceleration * bench.guard.timing.longest_step
    assert np.all(np.abs(after - before) <= largest + 1e-9)
    bench.check_stop("stood still for 0.300 s")


def test_stalled_guard_does_not_set_an_arm_going_that_others_stopped(bench):
    bench.armed()
    bench.now += 0.3
    bench.guard.on_joint_state(NAMES, list(bench.position), [0.0] * 6, bench.now)
    np.testing.assert_array_equal(bench.step(), 0.0)


def test_silent_watchdog_stops_it(bench):
    bench.guard = VelocityGuard(ARM, arm_limits(ARM), watchdog=True)
    bench.guard.on_program_running(True)
    bench.run(0.02)
    assert "no watchdog's heartbeat" in bench.guard.arm(bench.now)
    bench.guard.on_watchdog(bench.now)
    assert bench.guard.arm(bench.now) == ""
    bench.run(0.2)
    assert bench.guard.mode is Mode.ARMED
    bench.run(PERIOD)
    assert bench.guard.mode is Mode.STOPPING
    assert "watchdog's heartbeat is 0.20" in bench.guard.reason


def test_it_does_not_arm_while_stopping(bench):
    bench.armed().guard.stop("asked for")
    bench.step()
    assert "still stopping" in bench.guard.arm(bench.now)


def test_the_first_reason_is_kept(bench):
    bench.armed().guard.stop("first")
    bench.guard.stop("second")
    assert bench.guard.reason == "first"


@pytest.mark.parametrize("value", [0.0, -0.1, math.nan, math.inf, 5.0])
def test_unsafe_timing_is_refused(value):
    with pytest.raises(ValueError, match="command_timeout"):
        GuardTiming(command_timeout=value)


def test_holding_a_command_for_longer_than_the_time_out_is_refused():
    with pytest.raises(ValueError, match="command_hold is 0.2 s"):
        GuardTiming(command_hold=0.2)


@settings(max_examples=40, deadline=None)
@given(
    names=st.lists(st.sampled_from([*NAMES, "finger", ""]), max_size=8) | st.permutations(NAMES),
    values=st.lists(st.floats(width=64), max_size=8),
    as_state=st.booleans(),
)
def test_no_message_makes_the_output_unsound(names, values, as_state):
    bench = Bench().armed()
    if as_state:
        bench.guard.on_joint_state(names, values, values, bench.now)
    else:
        bench.guard.on_command(names, values, bench.now)
    before = bench.guard.motion.velocity
    for _ in range(3):
        bench.now += PERIOD
        after = bench.step()
        assert after.shape == (6,)
        assert np.all(np.isfinite(after))
        assert np.all(np.abs(after - before) <= ARM.limits.stop_deceleration * PERIOD + 1e-9)
        before = after


def test_output_is_sound_whatever_comes_in():
    rng = np.random.default_rng(0)
    bench = Bench()
    bench.guard.on_program_running(True)
    odd = [math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0]
    for _ in range(3000):
        bench.now += rng.choice([0.0, 0.001, 0.002, 0.03, 0.2], p=[0.1, 0.2, 0.6, 0.07, 0.03])
        names = list(rng.permutation(NAMES)) if rng.random() < 0.97 else NAMES[:3]
        value = rng.uniform(-7.0, 7.0, len(names)).tolist()
        if rng.random() < 0.03:
            value[0] = odd[rng.integers(6)]
        if rng.random() < 0.7:
            bench.joint_state()
        else:
            bench.guard.on_joint_state(names, value, value, bench.now)
        if rng.random() < 0.5:
            bench.guard.on_command(names, value, bench.now)
        bench.guard.arm(bench.now)
        before = bench.guard.motion
        sent = bench.step()
        assert sent.shape == (6,)
        assert np.all(np.isfinite(sent))
        assert np.all(np.abs(sent) <= ARM.limits.velocity)
        largest = ARM.limits.stop_deceleration
        assert np.all(np.abs(bench.guard.motion.acceleration) <= largest + 1e-9)
        small = np.abs(sent - before.velocity) <= largest * bench.guard.timing.longest_step + 1e-9
        towards_zero = (sent * before.velocity >= 0.0) & (np.abs(sent) <= np.abs(before.velocity))
        assert np.all(small | towards_zero)
