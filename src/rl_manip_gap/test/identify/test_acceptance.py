"""What was identified is written only where the arm followed and the fit predicts it."""

import numpy as np
import pytest

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import identify as identify_command
from rl_manip_gap.identify.acceptance import check_fit, doubt
from rl_manip_gap.identify.arm_parameters import nominal_parameters
from rl_manip_gap.identify.fit import Identified
from rl_manip_gap.identify.validation import Validation
from rl_manip_gap.metrics.intervals import Figure
from rl_manip_gap.testing.faulty_bags import Fault, faulty_bag


def fitted(twin, residual_rms):
    nominal = nominal_parameters(twin)
    return Identified(nominal, nominal, (), 4, residual_rms)


def checked(nominal, identified):
    return Validation(Figure(nominal), Figure(identified), 8)


def test_a_fit_that_predicts_better_and_leaves_the_noise_is_accepted(twin):
    found = fitted(twin, 0.9)
    check_fit(found, checked(0.003, 0.001))
    check_fit(found, checked(0.0003, 0.00035))  # the nominal arm: no better, and no worse
    assert doubt(found) == ""


def test_a_fit_that_predicts_worse_than_nominal_is_refused(twin):
    with pytest.raises(BagError, match=r"no ranges are written: .* 41.00 mm against 2.70 mm"):
        check_fit(fitted(twin, 0.9), checked(0.0027, 0.041))


def test_a_fit_that_leaves_far_more_than_noise_is_refused(twin):
    assert "3.0 times the noise" in doubt(fitted(twin, 3.0))
    check_fit(fitted(twin, 3.0), checked(0.003, 0.001))
    with pytest.raises(BagError, match="no ranges are written: the fit leaves 12 times the noise"):
        check_fit(fitted(twin, 12.0), checked(0.003, 0.001))


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
    from rl_manip_gap.identify.fit import identify
    from rl_manip_gap.recording.recording import read_recording
    from rl_manip_gap.testing.synthetic_bag import smooth_velocity, states_and_commands

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
