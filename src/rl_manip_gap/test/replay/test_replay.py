"""Open-loop replay: nothing where there is no gap, and what is there where there is one."""

from dataclasses import replace as changed

import numpy as np
import pytest

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.signals import TimeSpan
from rl_manip_gap.replay.open_loop import replay
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag, twin_bag


@pytest.fixture(scope="module")
def recording(arm, twin, tmp_path_factory):
    return read_recording(twin_bag(tmp_path_factory.mktemp("bag") / "twin", twin, 12.0), arm)


def test_the_twin_against_itself_has_no_gap(arm, twin, recording):
    gap = measure_gap(recording, arm, twin)
    assert gap.tool["position_rmse_m"].value < 2e-4
    assert gap.tool["orientation_rmse_rad"].value < 5e-4
    for figures in gap.joints.values():
        assert figures["position_rmse_rad"].value < 2e-4
        assert abs(figures["position_bias_rad"].value) < 1e-4
        assert figures["delay_s"].value == pytest.approx(figures["sim_delay_s"].value, abs=5e-4)
        assert figures["gain"].value == pytest.approx(figures["sim_gain"].value, rel=0.01)


def test_a_late_arm_shows_as_delay_and_alignment_takes_it_out(arm, twin, recording):
    late = changed(
        recording, commands=changed(recording.commands, time=recording.commands.time - 0.02)
    )
    gap = measure_gap(late, arm, twin)
    extra = gap.response["delay_s"].value - gap.response["sim_delay_s"].value
    assert extra == pytest.approx(0.02, abs=1e-3)
    nominal, aligned = (
        figures["position_rmse_m"].value for figures in (gap.tool, gap.tool_aligned)
    )
    assert nominal > 2e-3
    assert aligned < 0.15 * nominal
    assert gap.budget["delay_m"].value > 0.9 * nominal


def test_a_gain_shows_as_gain(arm, twin, recording):
    louder = changed(
        recording, commands=changed(recording.commands, velocity=recording.commands.velocity / 1.05)
    )
    gap = measure_gap(louder, arm, twin)
    assert gap.response["gain"].value / gap.response["sim_gain"].value == pytest.approx(
        1.05, rel=0.01
    )
    assert gap.budget["gain_m"].value > 5 * gap.budget["rest_m"].value


def test_joints_keep_their_names(arm, twin, recording):
    """A gain on one joint shows on that joint alone."""
    velocity = recording.commands.velocity.copy()
    velocity[:, 4] /= 1.1
    gap = measure_gap(
        changed(recording, commands=changed(recording.commands, velocity=velocity)), arm, twin
    )
    for name, figures in gap.joints.items():
        expected = 1.1 if name == arm.joint_names[4] else 1.0
        assert figures["gain"].value / figures["sim_gain"].value == pytest.approx(
            expected, rel=0.01
        )


def test_windows_in_a_pause_or_a_stop_are_left_out(twin, recording):
    states = recording.states
    kept = (states.time < 3.2) | (states.time > 3.6)
    paused = changed(
        states,
        **{
            field: getattr(states, field)[kept]
            for field in ("time", "position", "velocity", "segment", "receive_time")
        },
    )
    stop = (TimeSpan(7.1, 7.2),)
    run = replay(twin, paused, recording.commands, 1.0, stop)
    assert run.left_out == 2
    inside = (paused.time[run.rows] > 7.1) & (paused.time[run.rows] < 7.2)
    assert not inside.any()


def test_every_window_starts_at_the_measured_state(twin, recording):
    run = replay(twin, recording.states, recording.commands, 1.0)
    first = run.since_sync < 0.003
    error = run.position[first] - recording.states.position[run.rows[first]]
    assert np.abs(error).max() < 5e-5


def test_without_commands_measured_velocity_stands_in(arm, twin, recording):
    gap = measure_gap(changed(recording, commands=None), arm, twin)
    assert not gap.commands_recorded
    assert "delay_s" not in gap.response
    assert gap.tool["position_rmse_m"].value > 0.0


def test_a_recording_without_a_single_window_is_one_sentence(arm, twin, tmp_path):
    recording = read_recording(response_bag(tmp_path / "bag", arm, Truth(duration=1.0)), arm)
    stopped = changed(recording, stopped=(TimeSpan(0.0, 1.0),))
    with pytest.raises(BagError, match="record longer"):
        measure_gap(stopped, arm, twin)
