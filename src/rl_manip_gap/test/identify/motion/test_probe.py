"""A probe: small and smooth, and a sentence for each way in which an arm is not as described."""

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_gap.identify.motion.probe_findings import LATEST, Probed, wrong_with
from rl_manip_gap.identify.motion.probe_pulse import EXCURSION, Creep, ProbePulse

ARM = load_arm("ur5e")
NAMES = ARM.joint_names


def probed(moved, joint=1, delay=0.02, is_whole=True):
    """Joint 1, asked for 0.05 rad; every joint moved by so much."""
    return Probed(joint, EXCURSION, np.array(moved, dtype=float), delay, is_whole)


@pytest.mark.parametrize("joint", range(6))
@pytest.mark.parametrize("share", [0.2, 1.0])
def test_a_pulse_goes_there_and_back_slowly_towards_the_middle(joint, share):
    start = ARM.home.copy()
    start[joint] = ARM.limits.position_upper[joint] - 0.01
    pulse = ProbePulse(ARM, start, joint, share)
    time = np.arange(0.0, pulse.duration, 0.002)
    velocity = pulse.velocity(time)
    travel = np.cumsum(velocity, axis=0) * 0.002
    away = travel[np.searchsorted(time, pulse.turn)]
    assert away[joint] == pytest.approx(-share * EXCURSION, rel=1e-3)
    assert np.abs(np.delete(travel, joint, axis=1)).max() == 0.0
    assert np.abs(travel[-1]).max() < 1e-5
    assert np.abs(velocity).max() == pytest.approx(share * 0.1, rel=1e-2)
    acceleration = np.diff(velocity, axis=0) / 0.002
    assert np.abs(acceleration).max() < 0.1 * ARM.limits.acceleration.min()
    np.testing.assert_allclose(pulse.path()[-1] - start, away, atol=1e-4)


def test_a_creep_goes_on():
    creep = Creep(6, 5, -0.05)
    velocity = creep.velocity(np.array([0.0, creep.duration, 10.0]))
    np.testing.assert_array_equal(velocity[:, 5], [0.0, -0.05, -0.05])
    assert not velocity[:, :5].any()


def test_a_joint_that_does_what_it_was_asked_is_right():
    assert wrong_with(probed([0.0, 0.049, 0.001, 0.0, 0.0, 0.0]), NAMES) == ""
    assert wrong_with(probed([0.0, 0.049, 0.0, 0.0, 0.0, 0.0], delay=None), NAMES) == ""


@pytest.mark.parametrize(
    ("moved", "sentence"),
    [
        ([0.0, 0.001, 0.05, 0.0, 0.0, 0.0], f"and {NAMES[2]} turned: commands or joint states"),
        ([0.05, 0.05, 0.0, 0.0, 0.0, 0.0], f"and {NAMES[0]} turned, too, by 0.050 rad"),
        ([0.0, 0.001, 0.0, 0.0, 0.0, 0.0], "the command does not reach it"),
        ([0.0, -0.05, 0.0, 0.0, 0.0, 0.0], "the other way round"),
        ([0.0, 0.025, 0.0, 0.0, 0.0, 0.0], "turned by 0.50 of that: look at speed scaling"),
        ([0.0, 0.075, 0.0, 0.0, 0.0, 0.0], "turned by 1.50 of that"),
    ],
)
def test_what_is_wrong_is_said_with_the_joint_and_what_to_look_at(moved, sentence):
    said = wrong_with(probed(moved), NAMES)
    assert said.startswith(f"{NAMES[1]} was asked to turn by +0.050 rad")
    assert sentence in said


def test_one_that_follows_late_is_told():
    assert "follows 300 ms late" in wrong_with(probed([0, 0.05, 0, 0, 0, 0], delay=0.3), NAMES)
    assert wrong_with(probed([0, 0.05, 0, 0, 0, 0], delay=LATEST), NAMES) == ""


@pytest.mark.parametrize(
    ("moved", "is_wrong"),
    [
        ([0.0, 0.01, 0.0, 0.0, 0.0, 0.0], False),
        ([0.0, -0.04, 0.0, 0.0, 0.0, 0.0], True),
        ([0.0, 0.0, 0.04, 0.0, 0.0, 0.0], True),
    ],
)
def test_of_one_that_was_stopped_on_its_way_only_another_motion_tells(moved, is_wrong):
    assert bool(wrong_with(probed(moved, is_whole=False), NAMES)) == is_wrong
