"""Arming is a decision: what it is refused for, what it answers, and how slowly the arm begins."""

import numpy as np
import pytest

from rl_manip_deploy.guard.velocity_guard import Mode

REST = [0.0] * 6


def test_nothing_moves_before_it_is_armed(bench):
    bench.guard.on_program_running(True)
    bench.run(0.2)
    assert bench.mode is Mode.DISARMED
    np.testing.assert_array_equal(bench.sent, 0.0)


def test_it_is_refused_until_everything_is_there(bench):
    guard = bench.guard
    assert "no joint state" in guard.arm(bench.now)
    bench.run(0.01, request=None)
    assert "program" in guard.arm(bench.now)
    guard.on_program_running(True)
    assert "not seen at rest for 0.1 s" in guard.arm(bench.now)
    bench.run(0.15, request=None)
    bench.now += 0.2
    assert "joint state is 0.200 s old" in guard.arm(bench.now)
    assert bench.mode is Mode.DISARMED
    bench.run(0.12, request=None)
    assert guard.arm(bench.now) == ""
    assert bench.mode is Mode.ARMED


def test_it_is_refused_while_a_request_to_move_stands(bench):
    bench.ready().run(0.02, request=[0.0, 0.0, 1.5, 0.0, 0.0, 0.0])
    refusal = bench.guard.arm(bench.now)
    assert "elbow_joint is asked to move at 1.50 rad/s already" in refusal
    assert "let the requester ask for zero, or end it, then arm" in refusal
    bench.run(0.02, request=REST)
    assert bench.guard.arm(bench.now) == ""


def test_a_requester_that_has_gone_is_as_good_as_none(bench):
    bench.ready().run(0.02)
    bench.run(0.11, request=None)
    assert bench.guard.arm(bench.now) == ""
    bench.run(0.3, request=None)
    assert bench.mode is Mode.ARMED
    np.testing.assert_array_equal(bench.sent, 0.0)


def test_armed_without_a_requester_it_holds_still_and_takes_the_first_one(bench):
    bench.guard.on_program_running(True)
    bench.run(0.15, request=None)
    assert bench.guard.arm(bench.now) == ""
    bench.run(0.5, request=None)
    np.testing.assert_array_equal(bench.sent, 0.0)
    bench.run(0.2)
    np.testing.assert_allclose(bench.sent[-1], bench.request)


def test_it_is_refused_while_the_arm_is_measured_moving(bench):
    bench.ready()
    for _ in range(60):
        bench.position = bench.position + [0.0, 0.0, 0.0, 0.0, 0.0, 1e-4]  # 0.05 rad/s
        bench.run(bench.period, request=REST)
    assert "wait until it stands still" in bench.guard.arm(bench.now)


@pytest.mark.parametrize(
    ("requesters", "others", "said"),
    [(2, 0, "2 nodes publish requests: end all but one"), (1, 1, "1 other node(s) publish to the")],
)
def test_it_is_refused_beside_others_who_publish(bench, requesters, others, said):
    bench.ready().guard.on_publishers(requesters, others)
    assert said in bench.guard.arm(bench.now)
    bench.guard.on_publishers(1, 0)
    assert bench.guard.arm(bench.now) == ""


@pytest.mark.parametrize(("active", "armed"), [(None, True), (True, True), (False, False)])
def test_it_is_refused_where_the_controller_is_known_to_be_inactive(bench, active, armed):
    bench.ready().guard.on_controller(active, "forward_velocity_controller")
    refusal = bench.guard.arm(bench.now)
    assert (refusal == "") is armed
    if not armed:
        assert "switch_controllers --activate forward_velocity_controller" in refusal


def test_it_is_refused_in_modes_in_which_the_robot_does_not_follow(bench):
    bench.ready()
    bench.guard.on_robot_mode(5)
    assert bench.guard.arm(bench.now) == "robot mode is idle"
    bench.guard.on_robot_mode(7)
    bench.guard.on_safety_mode(3)
    assert bench.guard.arm(bench.now) == "safety mode is protective stop"
    bench.guard.on_safety_mode(2)
    assert bench.guard.arm(bench.now) == ""


def test_mock_hardware_never_says_that_its_program_runs(make_bench):
    bench = make_bench(says_program=False)
    bench.run(0.15, request=REST)
    assert bench.guard.arm(bench.now) == ""


def test_packets_of_nan_are_no_absent_request(bench):
    bench.ready()
    for _ in range(10):
        bench.now += bench.period
        bench.joint_state()
        bench.ask([np.nan] * 6)
    assert "not finite" in bench.guard.arm(bench.now)


def test_a_stop_before_arming_is_not_forgotten(bench):
    bench.ready()
    said = bench.guard.stop("stop was asked for")
    assert said == "stopped: stop was asked for; nothing moves before it is armed"
    bench.run(0.1, request=REST)
    assert bench.mode is Mode.STOPPED
    assert bench.guard.arm(bench.now) == ""
    assert bench.mode is Mode.ARMED


def test_a_stop_after_a_stop_says_why_it_stands(bench):
    bench.armed().guard.on_program_running(False)
    said = bench.guard.stop("stop was asked for")
    assert said == (
        "stopping already: robot program is not running; nothing moves before it is armed"
    )


def test_a_fault_before_arming_latches_nothing(bench):
    bench.ready().guard.on_program_running(False)
    assert bench.mode is Mode.DISARMED
    bench.guard.on_program_running(True)
    assert bench.guard.arm(bench.now) == ""


def test_it_does_not_arm_while_stopping(bench):
    bench.armed().guard.stop("asked for")
    bench.step()
    assert "still stopping: asked for" in bench.guard.arm(bench.now)


def test_armed_already_is_armed(bench):
    bench.armed()
    assert bench.guard.arm(bench.now) == ""
    bench.run(bench.period)
    np.testing.assert_allclose(bench.sent[-1], bench.request)  # the ramp does not begin anew


def test_the_speed_limit_rises_over_a_second_once_motion_is_asked_for(make_bench):
    bench = make_bench({"arming_ramp": 1.0}).ready()
    assert bench.guard.arm(bench.now) == ""
    bench.run(1.2, request=REST)
    begun = len(bench.sent)
    bench.run(1.2, request=[0.0, 0.0, 0.0, 0.0, 0.0, np.pi])
    speed = np.array(bench.sent[begun:])[:, 5]
    share = np.arange(len(speed)) * bench.period
    assert np.all(speed <= np.pi * np.minimum(share, 1.0) + 1e-9)
    assert speed[350] > 0.65 * np.pi  # after 0.7 s
    assert speed[-1] == pytest.approx(np.pi)
