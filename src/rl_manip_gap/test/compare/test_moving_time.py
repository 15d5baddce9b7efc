"""Errors are those of motion: standing dilutes none, and without commands none is made up."""

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_gap.compare.gap_json import gap_to_json
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.compare.moving_time import moving
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.signals import Commands
from rl_manip_gap.report.page import render
from rl_manip_gap.report.verdict import verdict
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag, smooth_velocity, twin_bag

MOTION, STANDING = 10.0, 120.0  # [s]


@pytest.fixture(scope="module")
def recording(arm, tmp_path_factory):
    """Delay of 50 ms, gain of 0.95: 10 s."""
    truth = Truth(duration=MOTION, state_rate=125.0, command_rate=125.0, delay=0.05, gain=0.95)
    return read_recording(response_bag(tmp_path_factory.mktemp("moving") / "bag", arm, truth), arm)


def then_standing(recording):
    """The same, and afterwards the arm stands where it came to."""
    states, sent = recording.states, recording.sent
    more = states.time[-1] + 0.008 * np.arange(1, round(STANDING / 0.008))
    rng = np.random.default_rng(0)
    noise = 2e-5 * rng.standard_normal((len(more), states.position.shape[1]))
    grown = replace(
        states,
        time=np.append(states.time, more),
        position=np.concatenate([states.position, states.position[-1] + noise]),
        velocity=np.concatenate([states.velocity, 50.0 * noise]),
        segment=np.append(states.segment, np.zeros(len(more), dtype=int)),
        receive_time=np.append(states.receive_time, more),
    )
    time = np.append(sent.time, more)
    commands = Commands(time, np.concatenate([sent.velocity, 0.0 * noise]))
    return replace(recording, states=grown, commands=commands)


def test_two_minutes_of_standing_change_the_headline_by_less_than_two_per_cent(
    arm, twin, recording
):
    before = measure_gap(recording, arm, twin)
    after = measure_gap(then_standing(recording), arm, twin)
    name = "position_rmse_m"
    assert after.tool[name].value == pytest.approx(before.tool[name].value, rel=0.02)
    assert after.tool_whole[name].value < 0.4 * before.tool[name].value
    assert after.moving_s == pytest.approx(MOTION, abs=0.5)
    whole = gap_to_json(after, verdict(after))["tool"]["whole"][name]
    assert whole == after.tool_whole[name].value
    assert f"{whole * 1e3:.2f} mm with the time in which it stands" in verdict(after)[1]
    assert "the same with standing" in render(after)
    assert "with the time in which it stands" not in verdict(before)[1]


def test_an_arm_that_never_moves_is_measured_as_it_stands(recording):
    still = replace(recording.states, position=0.0 * recording.states.position)
    commands = Commands(recording.sent.time, 0.0 * recording.sent.velocity)
    assert moving(still, commands).all()


def test_motion_counts_from_the_command_to_its_settling(recording):
    states, sent = recording.states, recording.sent
    told = ((sent.time > 3.0) & (sent.time < 5.0))[:, None] * smooth_velocity(1, 6)(sent.time)
    still = replace(states, position=0.0 * states.position)
    times = states.time[moving(still, Commands(sent.time, told))]
    assert times.min() == pytest.approx(3.0, abs=0.05)
    assert times.max() == pytest.approx(5.2, abs=0.05)


def test_without_commands_the_simulations_own_lag_is_not_the_arms(arm, twin, tmp_path):
    """The twin's own motion: with 20 ms of the servo's lag it would lie 5 mm off itself."""
    recording = read_recording(twin_bag(tmp_path / "bag", twin, 8.0, rate=500.0), arm)
    gap = measure_gap(replace(recording, commands=None), arm, twin)
    assert gap.lead_s == pytest.approx(0.02, abs=0.005)
    assert gap.tool["position_rmse_m"].value < 1e-3
    assert verdict(gap)[0].startswith("The bag holds no commands, so measured velocities stand in")
    assert "by which the simulation itself trails" in verdict(gap)[1]
