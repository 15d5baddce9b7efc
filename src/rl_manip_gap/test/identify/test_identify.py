"""Identification against simulated arms whose hidden parameters are known."""

import numpy as np
import pytest
import yaml

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import identify as identify_command
from rl_manip_gap.identify.arm_parameters import (
    from_vector,
    nominal_parameters,
    to_vector,
    twin_with,
)
from rl_manip_gap.identify.fit import identify
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import (
    Truth,
    response_bag,
    simulated_arm_bag,
    states_and_commands,
)
from rl_manip_sim.randomization.randomization_cfg import load_randomization
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE

SEED = 7


@pytest.fixture(scope="module")
def hidden(arm):
    return draw_hidden_parameters(arm.num_joints, SEED)


@pytest.fixture(scope="module")
def written(arm, hidden, tmp_path_factory):
    """Files of `identify` for one hidden arm, four windows of 2.5 seconds."""
    folder = tmp_path_factory.mktemp("identify")
    bag = simulated_arm_bag(folder / "bag", arm, hidden, 14.0, SEED)
    identify_command._identify(
        identify_command.IdentifyArguments(
            bags=(bag,), out=folder / "out", window=2.5, max_windows=4
        )
    )
    return folder / "out"


@pytest.fixture(scope="module")
def identified(written):
    return yaml.safe_load((written / "identified.yaml").read_text())


def fitted(identified, arm, name):
    entry = identified["parameters"][name]
    return np.array([entry[joint]["value"] for joint in arm.joint_names])


def test_friction_damping_and_gain_within_ten_per_cent(identified, arm, hidden):
    for name, truth in (
        ("friction_scale", hidden.friction_scale),
        ("damping_scale", hidden.damping_scale),
        ("velocity_gain", hidden.velocity_gain),
    ):
        assert fitted(identified, arm, name) == pytest.approx(truth, rel=0.1), name


def test_delay_within_a_millisecond_beside_the_lag(identified, arm, hidden):
    lines = sum(round(d / CYCLE) * CYCLE for d in (hidden.command_delay, hidden.state_delay))
    delay = identified["parameters"]["delay"]["value"]
    assert delay == pytest.approx(lines + 0.5 * CYCLE, abs=1e-3)
    lag = fitted(identified, arm, "servo_lag")
    assert lag == pytest.approx(hidden.servo_lag, abs=1.5e-3)


def test_the_payload_is_found(identified, hidden):
    assert identified["parameters"]["payload"]["value"] == pytest.approx(hidden.payload, abs=0.05)


def test_held_out_motion_is_predicted_five_times_better(identified):
    validation = identified["validation"]
    nominal = validation["nominal_tool_position_rmse_m"]
    assert validation["identified_tool_position_rmse_m"] < nominal / 5


def test_the_ranges_load_and_hold_the_truth(written, arm, hidden):
    ranges = load_randomization(written / "randomization.yaml")
    for name, truth in (
        ("joint_friction_scale", hidden.friction_scale),
        ("joint_damping_scale", hidden.damping_scale),
        ("velocity_gain", hidden.velocity_gain),
    ):
        low, high = (np.array(end) for end in getattr(ranges, name))
        assert (low <= truth).all()
        assert (truth <= high).all()
    assert ranges.action_delay.low < ranges.action_delay.high < 0.05
    # the fitted delay is that of the whole way: none is left for the states
    assert ranges.observation_delay == (0.0, 0.0)
    assert ranges.payload.low - 0.05 <= hidden.payload <= ranges.payload.high + 0.05


def test_without_efforts_damping_is_not_claimed(arm, twin, tmp_path):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=4.0, noise=0.002))
    found = identify(twin, [read_recording(bag, arm)], window=1.5, max_windows=2)
    assert any("holds no efforts" in warning for warning in found.warnings)
    assert np.isinf(found.half_width.effort_per_torque).all()


def test_recordings_that_cannot_be_used_are_one_sentence(arm, twin, tmp_path):
    time = np.arange(0.0, 3.0, 0.01)
    still = np.tile(arm.home, (len(time), 1))
    silent = states_and_commands(tmp_path / "silent", arm, time, still, 0.0 * still)
    with pytest.raises(BagError, match="holds no commands"):
        identify(twin, [read_recording(silent, arm)])
    short = response_bag(tmp_path / "short", arm, Truth(duration=3.0))
    with pytest.raises(BagError, match="at least 2 are needed"):
        identify(twin, [read_recording(short, arm)], window=2.0)


def test_parameters_become_a_model(twin):
    nominal = nominal_parameters(twin)
    vector = to_vector(nominal)
    assert to_vector(from_vector(vector, twin.arm.num_joints)) == pytest.approx(vector)
    assert (twin_with(twin, nominal).model.dof_damping == twin.model.dof_damping).all()
    vector[1] = 2.0
    heavier = twin_with(twin, from_vector(vector, twin.arm.num_joints)).model
    assert heavier.body_mass.sum() == pytest.approx(twin.model.body_mass.sum() + 2.0)
    weight = (heavier.body_mass * (1.0 - heavier.body_gravcomp))[heavier.jnt_bodyid[-1]]
    assert weight == pytest.approx(2.0)
