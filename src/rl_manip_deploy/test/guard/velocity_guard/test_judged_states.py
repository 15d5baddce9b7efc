"""Joint states that cannot be true neither steer the arm nor stop it, unless they persist."""

import math

import numpy as np
import pytest

from rl_manip_deploy.guard.velocity_guard import Mode

REST = [0.0] * 6


def with_more_states(bench, seconds, publish, every=1):
    """Cycles in which `publish()` follows every so many of the driver's states."""
    for cycle in range(round(seconds / bench.period)):
        bench.run(bench.period, states=False, request=None)
        bench.joint_state()
        bench.ask(bench.request)
        if cycle % every == 0:
            bench.now += 1e-4
            publish()
            bench.now -= 1e-4


def zeros(bench):
    bench.guard.on_joint_state(bench.names, REST, REST, bench.now)


def test_states_of_zeros_now_and_then_change_no_command(make_bench):
    disturbed, clean = make_bench().armed(), make_bench().armed()
    with_more_states(disturbed, 1.0, lambda: zeros(disturbed), every=50)
    with_more_states(clean, 1.0, lambda: None, every=50)
    assert disturbed.guard.states.skipped == 10
    assert disturbed.mode is Mode.ARMED
    np.testing.assert_array_equal(disturbed.sent, clean.sent)


@pytest.mark.parametrize("every", [1, 5, 10])
def test_a_second_publisher_stops_the_arm(bench, every):
    bench.armed()
    with_more_states(bench, 0.15, lambda: zeros(bench), every)
    assert bench.mode in (Mode.STOPPING, Mode.STOPPED)
    assert "do not belong to one motion" in bench.guard.reason


def test_a_second_publisher_keeps_it_from_being_armed(bench):
    bench.ready()
    bench.request = REST
    with_more_states(bench, 0.1, lambda: zeros(bench))
    assert "let only the arm's driver publish them" in bench.guard.arm(bench.now)


def test_nothing_but_impossible_states_stop_it(bench):
    bench.armed()
    for _ in range(6):
        assert bench.mode is Mode.ARMED
        bench.now += bench.period
        zeros(bench)
        bench.ask(bench.request)
        bench.step()
    assert bench.mode is Mode.STOPPING
    assert "6 of the last 100 joint states" in bench.guard.reason


def test_a_few_impossible_states_from_a_slow_driver_make_the_last_good_one_old(bench):
    bench.armed()
    for _ in range(3):
        bench.now += 0.018
        zeros(bench)
        bench.ask(bench.request)
        bench.step()
    assert bench.mode is Mode.STOPPING
    assert "0.054 s old: 3 later ones cannot be true" in bench.guard.reason


def test_states_that_go_on_elsewhere_stop_it_however_seldom_it_is_stepped(bench):
    bench.armed()
    elsewhere = bench.position + 1.0
    for _ in range(35):
        bench.now += bench.period
        bench.guard.on_joint_state(bench.names, list(elsewhere), REST, bench.now)
    bench.ask(bench.request)
    assert bench.mode is Mode.STOPPING
    assert "joint states went on elsewhere" in bench.guard.reason


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        ([0.0] * 5 + [math.nan], "not finite"),
        ([0.0] * 5, "5 positions"),
    ],
)
def test_broken_values_stop_it_at_once(bench, position, reason):
    bench.armed()
    bench.guard.on_joint_state(bench.names, position, [0.0] * len(position), bench.now)
    bench.step()
    bench.check_stop(reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [(lambda names: names[:5], "missing"), (lambda names: [*names, names[2]], "twice")],
)
def test_broken_names_stop_it_at_once(bench, change, reason):
    names = change(bench.names)
    bench.armed().guard.on_joint_state(names, [0.0] * len(names), [], bench.now)
    bench.step()
    bench.check_stop(reason)


def test_joint_states_of_a_gripper_neither_stop_nor_refresh_it(bench):
    bench.armed()
    assert not bench.guard.on_joint_state(["finger"], [0.0], [0.0], bench.now)
    bench.run(0.02)
    assert bench.mode is Mode.ARMED


def test_velocities_that_are_always_zero_stop_a_moving_arm(bench):
    bench.measures_velocity = False
    bench.guard.on_program_running(True)

    def run(seconds, request):
        for _ in range(round(seconds / bench.period)):
            bench.now += bench.period
            bench.position = bench.position + bench.period * bench.sent[-1]
            bench.guard.on_joint_state(bench.names, list(bench.position), REST, bench.now)
            bench.ask(request)
            bench.step()

    run(0.15, REST)
    assert bench.guard.arm(bench.now) == ""
    run(0.4, bench.request)
    assert bench.mode is not Mode.ARMED
    assert "the driver's velocities are wrong" in bench.guard.reason


@pytest.mark.parametrize("period", [0.002, 0.008, 0.02, 0.048])
def test_position_only_states_will_do(bench, period):
    bench.measures_velocity = False
    bench.guard.on_program_running(True)
    bench.run(0.2, request=REST, period=period)
    assert bench.guard.arm(bench.now) == ""
    bench.run(0.6, period=period)
    np.testing.assert_allclose(bench.sent[-1], bench.request)


def test_a_repeated_message_is_no_sign_of_life(bench):
    bench.armed()
    for _ in range(10):
        bench.now += bench.period
        bench.position = bench.position + bench.period * bench.sent[-1]
        message = bench.names, list(bench.position), list(bench.sent[-1])
        stamp = bench.now
        bench.guard.on_joint_state(*message, bench.now, stamp)
        bench.ask(bench.request)
        bench.step()
    assert bench.mode is Mode.ARMED
    for _ in range(28):
        bench.now += bench.period
        bench.guard.on_joint_state(*message, bench.now, stamp)
        bench.ask(bench.request)
        bench.step()
    assert bench.mode is Mode.STOPPING
    assert "it was only repeated" in bench.guard.reason
