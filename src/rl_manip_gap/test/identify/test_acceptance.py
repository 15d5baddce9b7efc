"""What was identified is written only where the arm followed and the fit predicts it."""

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import identify as identify_command
from rl_manip_gap.identify.acceptance import ONE_KIND, check_fit, doubts
from rl_manip_gap.identify.arm_parameters import nominal_parameters
from rl_manip_gap.identify.fit import Identified, identify
from rl_manip_gap.identify.identified_files import randomization
from rl_manip_gap.identify.validation import Validation
from rl_manip_gap.metrics.intervals import Figure
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.faulty_bags import Fault, faulty_bag
from rl_manip_gap.testing.synthetic_bag import (
    Truth,
    response_bag,
    smooth_velocity,
    states_and_commands,
)
from rl_manip_sim.randomization.randomization_cfg import PRESETS


def fitted(twin, misfit, over_stiffness=()):
    """Four windows with efforts: of six joints none leaves more than 1.6 times the noise."""
    nominal = nominal_parameters(twin)
    left = np.array([1.0, 0.9, misfit, 1.0, 1.1, 1.0])
    over = np.isin(np.arange(6), over_stiffness)
    return Identified(nominal, nominal, (), 4, 1.0, left, 1.6, left > 5.0, over)


def checked(nominal, identified, another_kind=True, sure=0.1):
    gained = nominal**2 - identified**2
    ends = gained - sure * nominal**2, gained + sure * nominal**2
    return Validation(Figure(nominal), Figure(identified), 8, Figure(gained, ends), another_kind)


def test_a_fit_that_predicts_better_and_leaves_the_noise_is_accepted(arm, twin):
    found, names = fitted(twin, 0.9), arm.joint_names
    check_fit(found, checked(0.003, 0.001), names)
    check_fit(found, checked(0.0003, 0.00035), names)  # the nominal arm: no better, and no worse
    assert doubts(found, checked(0.003, 0.001), names) == ()


def test_a_fit_that_predicts_worse_than_nominal_is_refused(arm, twin):
    says = "no ranges are written: the fit predicts motion of another kind .*41.00 mm against 2.70"
    with pytest.raises(BagError, match=says):
        check_fit(fitted(twin, 0.9), checked(0.0027, 0.041), arm.joint_names)


def test_what_a_check_on_motion_of_one_kind_costs_is_said(arm, twin):
    said = doubts(fitted(twin, 0.9), checked(0.003, 0.001, another_kind=False), arm.joint_names)
    assert said == (ONE_KIND,)


def test_a_model_that_does_not_fit_has_to_predict_another_motion(arm, twin):
    """By chi-squared at 12 degrees of freedom one joint of six leaves 1.5 times the noise."""
    found, names = fitted(twin, 3.0), arm.joint_names
    better = checked(0.003, 0.001)
    check_fit(found, better, names)
    assert "elbow_joint 3.0 times the recording's noise" in doubts(found, better, names)[0]
    with pytest.raises(BagError, match="hold no motion of another kind"):
        check_fit(found, checked(0.003, 0.001, another_kind=False), names)
    with pytest.raises(BagError, match="no better than the nominal model beyond chance"):
        check_fit(found, checked(0.003, 0.0028, sure=0.5), names)


def test_a_stiffness_that_is_left_open_is_said_and_ranges_reach_to_the_fit(arm, twin, tmp_path):
    found = fitted(twin, 0.9, over_stiffness=(2, 3))
    friction = np.array([1.0, 1.0, 3.0, 0.2, 1.0, 1.0])
    found = replace(
        found,
        parameters=replace(found.parameters, friction_scale=friction),
        half_width=replace(found.half_width, friction_scale=friction),  # as wide as the figure
    )
    (said,) = doubts(found, checked(0.003, 0.001), arm.joint_names)
    assert said.startswith("Friction, damping and armature of elbow_joint and wrist_1_joint are ")
    recording = read_recording(response_bag(tmp_path / "bag", arm, Truth(duration=3.0)), arm)
    low, high = randomization(found, [recording]).joint_friction_scale
    default_low, default_high = PRESETS["default"].joint_friction_scale
    assert (low[2], high[2]) == (default_low, 3.0)
    assert (low[3], high[3]) == (0.2, default_high)
    assert (low[4], high[4]) == (default_low, default_high)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(reversed=(2,)), "elbow_joint moved against its commands"),
        (Fault(still=(1,)), "shoulder_lift_joint was commanded to move and stood still"),
        (Fault(speed=0.5, slider=50.0), "speed slider stood at 50%"),
    ],
)
def test_an_arm_that_did_not_follow_ends_the_command(arm, tmp_path, monkeypatch, fault, says):
    faulty_bag(tmp_path / "bag", arm, fault, 10.0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["identify", "bag", "-o", "out"])
    with pytest.raises(SystemExit) as ended:
        identify_command.main()
    assert "no ranges are written" in ended.value.code
    assert says in ended.value.code
    assert "\n" not in ended.value.code
    assert not (tmp_path / "out").exists()


def test_an_effort_of_zeros_is_not_fitted(arm, twin, tmp_path):
    """Drivers without current sensing publish zeros: they told the fit that nothing resists."""
    time = 0.002 * np.arange(2000)
    command = smooth_velocity(5, arm.num_joints)
    velocity = command(time - 0.03)
    position = arm.home + np.cumsum(velocity, axis=0) * 0.002
    bag = states_and_commands(
        tmp_path / "bag", arm, time, position, velocity, time, command(time), effort=0.0 * position
    )
    found = identify(twin, [read_recording(bag, arm)], window=1.5, max_windows=2)
    assert any("holds no efforts" in warning for warning in found.warnings)
    assert found.parameters.velocity_gain == pytest.approx(1.0, abs=0.02)
