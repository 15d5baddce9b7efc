"""The sliding window sees what the report of a bag sees."""

import numpy as np
import pytest

from rl_manip_gap.compare.live_window import LiveWindow, Thresholds
from rl_manip_gap.testing.synthetic_bag import smooth_velocity


@pytest.fixture
def window(arm, twin):
    """12 s of a perfect follower, 40 ms late, seen through a window of 8 s."""
    window = LiveWindow(arm, twin, length=8.0, sync=1.0)
    command = smooth_velocity(0, 6)
    time = np.arange(0.0, 12.0, 0.004)
    velocity = 0.95 * command(time - 0.04)
    position = arm.home + np.cumsum(velocity, axis=0) * 0.004
    names = list(arm.joint_names)[::-1]
    for t, q, v, u in zip(time, position, velocity, command(time)):
        window.add_command(t, u)
        window.add_state(t + 0.0005, t + 77.0, names, q[::-1], v[::-1])
    return window


def test_delay_gain_and_rate(window):
    figures = window.figures()
    assert figures["delay_s"] == pytest.approx(0.0405, abs=1e-3)
    assert figures["gain"] == pytest.approx(0.95, rel=0.01)
    assert figures["state_rate_hz"] == pytest.approx(250.0, rel=0.01)
    assert 0.0 < figures["tool_position_rmse_m"] < 0.05


def test_states_without_velocities_are_measured(arm, twin):
    window = LiveWindow(arm, twin, length=8.0, sync=1.0)
    command = smooth_velocity(0, 6)
    time = np.arange(0.0, 8.0, 0.004)
    position = arm.home + np.cumsum(command(time - 0.04), axis=0) * 0.004
    for t, q, u in zip(time, position, command(time)):
        window.add_command(t, u)
        window.add_state(t, t, arm.joint_names, q, [])
    figures = window.figures()
    assert window.ignored == 0
    assert figures["delay_s"] == pytest.approx(0.04, abs=2.5e-3)
    assert figures["gain"] == pytest.approx(1.0, rel=0.01)


def test_two_arms_on_the_topic_are_parted_or_named(arm, twin):
    apart = {}
    for prefix in (None, "left_"):
        window = LiveWindow(arm, twin, length=8.0, sync=1.0, prefix=prefix)
        for t in np.arange(0.0, 1.0, 0.01):
            for name, q in (("left_", 0.1), ("right_", 0.7)):
                names = [name + joint for joint in arm.joint_names]
                window.add_state(t, t, names, arm.home + q * t, np.full(6, q))
        apart[prefix] = window
    assert apart[None].figures() == {}
    assert apart[None].trouble == (
        "the topic of joint states holds the joints of 2 arms, with 'left_' and 'right_' before "
        "their names: say which with prefix"
    )
    assert apart["left_"].trouble == ""
    assert apart["left_"].figures()["state_rate_hz"] == pytest.approx(100.0, rel=0.01)


def test_a_pause_of_the_robot_program_is_left_out(arm, twin):
    """Commands go on while the program is paused from 3 to 5 s: the arm stands, and may."""
    window = LiveWindow(arm, twin, length=8.0, sync=0.5)
    command = smooth_velocity(0, 6)
    time = np.arange(0.0, 8.0, 0.004)
    paused = (time > 3.0) & (time < 5.0)
    velocity = np.where(paused[:, None], 0.0, command(time - 0.03))
    position = arm.home + np.cumsum(velocity, axis=0) * 0.004
    window.add_program_running(-5.0, True)
    for t, q, v, u in zip(time, position, velocity, command(time)):
        if t in (time[paused][0], time[time >= 5.0][0]):
            window.add_program_running(t, bool(t > 4.0))
        window.add_command(t, u)
        window.add_state(t, t, arm.joint_names, q, v)
    figures = window.figures()
    assert figures["gain"] == pytest.approx(1.0, abs=0.02)
    assert figures["delay_s"] == pytest.approx(0.03, abs=2e-3)
    assert figures["tool_position_rmse_m"] < 0.005


def test_a_threshold_is_passed_and_kept_again(arm, twin):
    """An arm that follows by half for 6 s, then well again; a window of 3 s."""
    window = LiveWindow(arm, twin, length=3.0, sync=1.0)
    command = smooth_velocity(0, 6)
    time = np.arange(0.0, 12.0, 0.005)
    wanted = command(time)
    velocity = np.where(time < 6.0, 0.5, 1.0)[:, None] * command(time - 0.03)
    position = arm.home + np.cumsum(velocity, axis=0) * 0.005
    said = {}
    for t, q, v, u in zip(time, position, velocity, wanted):
        window.add_command(t, u)
        window.add_state(t, t, arm.joint_names, q, v)
        if round(t, 3) in (5.0, 7.0, 11.0):
            said[round(t)] = Thresholds().judged(window.figures())
    assert said[5][0] is False
    assert "gain is 0.5" in said[5][1]
    assert said[7][0] is False  # some of it is still in the window
    assert said[11] == (True, "simulation and arm agree within the thresholds")


def test_without_states_nothing_is_well(arm, twin):
    assert Thresholds().judged(LiveWindow(arm, twin, 8.0, 1.0).figures()) == (
        False,
        "no joint states yet",
    )


def test_unusable_messages_are_counted(arm, window):
    names = list(arm.joint_names)
    window.add_state(12.0, 89.0, names, [np.nan] * 6, [0.0] * 6)
    window.add_state(12.0, 89.0, names[:3], [0.0] * 3, [0.0] * 3)
    window.add_command(12.0, [0.0] * 5)
    assert window.ignored == 3


def test_an_empty_window_has_no_figures(arm, twin):
    assert LiveWindow(arm, twin, 8.0, 1.0).figures() == {}


def test_thresholds_name_what_passed_them():
    figures = {"delay_s": 0.2, "gain": 0.8, "tool_position_rmse_m": 0.001}
    passed = Thresholds().passed(figures)
    assert len(passed) == 2
    assert passed[0].startswith("delay_s is 0.2")
    assert passed[1].startswith("gain is 0.8")
