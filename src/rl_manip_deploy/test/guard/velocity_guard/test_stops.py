"""What stops the arm, how it stops, and that nothing but `arm` starts it again."""

import math

import numpy as np
import pytest

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.velocity_guard import Mode

REST = [0.0] * 6


def test_silent_requester_stops_it(bench):
    bench.armed().run(0.1, request=None)
    assert bench.mode is Mode.ARMED
    bench.run(bench.period * 2, request=None)
    bench.check_stop("command is 0.10")


def test_silent_robot_stops_it(bench):
    bench.armed().run(0.05, states=False)
    assert bench.mode is Mode.ARMED
    bench.run(0.006, states=False)
    bench.check_stop("joint state is 0.05")


@pytest.mark.parametrize(
    ("velocity", "reason"),
    [
        ([math.nan] * 6, "not finite"),
        ([0.0] * 5 + [math.inf], "not finite"),
        ([0.0] * 5, "5 velocities"),
        ([0.0] * 7, "7 velocities"),
    ],
)
def test_bad_values_in_a_command_stop_it(bench, velocity, reason):
    bench.armed().ask(velocity)
    bench.step()
    bench.check_stop(reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda names: names[:5], "5 joint names"),
        (lambda names: [*names[:5], names[0]], "missing"),
        (lambda names: [f"other_{name}" for name in names], "missing"),
        (lambda names: [], "0 joint names"),
    ],
)
def test_bad_names_in_a_command_stop_it(bench, change, reason):
    names = change(bench.names)
    bench.armed().guard.on_command(names, [0.0] * len(names), bench.now)
    bench.step()
    bench.check_stop(reason)


def test_a_fault_counts_though_a_good_command_follows_before_the_next_step(bench):
    bench.armed().ask([math.nan] * 6)
    bench.ask(bench.request)
    assert bench.mode is Mode.STOPPING


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
    assert bench.armed().guard.stop("asked for").startswith("stopping: asked for")
    bench.step()
    bench.check_stop("asked for")


@pytest.mark.parametrize(("requesters", "others"), [(2, 0), (1, 1)])
def test_others_who_begin_to_publish_stop_it(bench, requesters, others):
    bench.armed().guard.on_publishers(requesters, others)
    bench.step()
    bench.guard.on_publishers(1, 0)
    bench.check_stop("publish")


def test_a_protective_stop_stops_it(bench):
    bench.armed().guard.on_safety_mode(3)
    bench.step()
    bench.guard.on_safety_mode(1)
    bench.check_stop("safety mode is protective stop")


def test_an_inactive_controller_finds_zero_when_it_is_back(bench):
    bench.armed().guard.on_controller(False, "forward_velocity_controller")
    np.testing.assert_array_equal(bench.step(), 0.0)
    assert bench.mode is Mode.STOPPED
    assert "controller forward_velocity_controller is not active" in bench.guard.reason


def test_silent_watchdog_stops_it(make_bench):
    bench = make_bench(watchdog=True).ready()
    assert "no watchdog's heartbeat yet" in bench.guard.arm(bench.now)
    bench.guard.on_watchdog(bench.now)
    assert bench.guard.arm(bench.now) == ""
    bench.run(0.2)
    assert bench.mode is Mode.ARMED
    bench.run(bench.period)
    assert bench.mode is Mode.STOPPING
    assert "watchdog's heartbeat is 0.20" in bench.guard.reason


def test_the_first_reason_is_kept(bench):
    bench.armed().guard.stop("first")
    bench.guard.stop("second")
    assert bench.guard.reason == "first"


def test_stalled_guard_stops_and_makes_no_jump(bench):
    bench.armed()
    before = bench.sent[-1]
    bench.now += 0.3
    bench.joint_state()
    bench.ask([-3.0] * 6)
    after = bench.step()
    assert bench.mode is Mode.STOPPING
    largest = bench.arm.limits.stop_deceleration * bench.guard.timing.longest_step
    assert np.all(np.abs(after - before) <= largest + 1e-9)
    bench.check_stop("stood still for 0.300 s")


def test_stalled_guard_does_not_set_an_arm_going_that_others_stopped(bench):
    bench.armed()
    bench.now += 0.3
    bench.guard.on_joint_state(bench.names, list(bench.position), REST, bench.now)
    np.testing.assert_array_equal(bench.step(), 0.0)


@pytest.mark.parametrize("fresh", [True, False])
def test_stalled_guard_stays_at_rest_where_nobody_measures_the_arm_s_velocity(bench, fresh):
    bench.measures_velocity = False
    bench.armed()
    bench.now += 0.3
    if fresh:
        bench.joint_state()
    np.testing.assert_array_equal(bench.step(), 0.0)


@pytest.mark.parametrize("value", [0.0, -0.1, math.nan, math.inf, 5.0])
def test_unsafe_timing_is_refused(value):
    with pytest.raises(ValueError, match="command_timeout"):
        GuardTiming(command_timeout=value)


def test_holding_a_command_for_longer_than_the_time_out_is_refused():
    with pytest.raises(ValueError, match="command_hold is 0.2 s"):
        GuardTiming(command_hold=0.2)
