"""Each kind of arm that does not do what it was told is named, and a sound one is let through."""

import numpy as np
import pytest

from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.faulty_bags import Fault, faulty_bag
from rl_manip_gap.testing.synthetic_bag import states_and_commands, twin_bag
from rl_manip_gap.validity.judgement import judge

ELBOW, WRIST = 2, 4


def judged(arm, folder, fault, duration=15.0):
    return judge(read_recording(faulty_bag(folder / "bag", arm, fault, duration), arm))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(noise=0.0),
        Fault(noise=0.02),
        Fault(slider=100.0),
        Fault(swinging=True),
        Fault(delay=0.7),
        Fault(speed=0.95),
    ],
    ids=["sound", "exact", "noisy", "full speed", "soft servo", "late", "gain of a servo"],
)
def test_an_arm_that_follows_passes(arm, tmp_path, fault):
    validity = judged(arm, tmp_path, fault)
    assert validity.judged
    assert validity.passed, validity.findings
    assert min(validity.correlation.values()) > 0.9


@pytest.mark.parametrize(
    ("fault", "kind", "joints", "says"),
    [
        (Fault(still=tuple(range(6))), "stood_still", 6, "every joint was commanded"),
        (Fault(still=(ELBOW,)), "stood_still", [ELBOW], "elbow_joint was commanded to move and"),
        (Fault(other_motion=True), "not_following", 6, "no joint followed its commands"),
        (Fault(reversed=(ELBOW,)), "reversed", [ELBOW], "elbow_joint moved against its commands"),
        (
            Fault(swapped=(ELBOW, WRIST)),
            "swapped",
            [ELBOW, WRIST],
            "elbow_joint followed the commands of wrist_2_joint",
        ),
        (Fault(saturated=(ELBOW,)), "saturated", [ELBOW], "elbow_joint got no faster than 0.15"),
        (Fault(dead_band=(ELBOW,)), "dead_band", [ELBOW], "elbow_joint ignored commands below 0.0"),
        (Fault(speed=0.5), "speed_scaling", [], "all joints reached 50% of what was commanded"),
        (Fault(speed=0.5, slider=50.0), "speed_scaling", [], "speed slider stood at 50%"),
        (Fault(delay_step=0.03), "delay_changes", [], "between 35 and 6"),
        (Fault(delay_wander=0.015), "delay_changes", [], "between 2"),
        (Fault(time_rate=0.8), "clock_rate", [], "ran at 0.80 times"),
        (Fault(velocity_factor=180.0 / np.pi), "velocity", 6, "every joint moved 0.017 times"),
    ],
)
def test_an_arm_that_does_not_is_named(arm, tmp_path, fault, kind, joints, says):
    validity = judged(arm, tmp_path, fault)
    assert [gate.kind for gate in validity.failed] == [kind]
    (gate,) = validity.failed
    expected = arm.joint_names if joints == 6 else [arm.joint_names[joint] for joint in joints]
    assert list(gate.joints) == list(expected)
    assert says in gate.finding
    assert gate.remedy.endswith(".")


def test_a_long_recording_of_a_slow_simulation_is_named_too(arm, tmp_path):
    """From 20 s on the stamps' rate is taken into account: then velocities do not fit positions."""
    (gate,) = judged(arm, tmp_path, Fault(time_rate=0.8), 26.0).failed
    assert gate.kind == "clock_rate"
    assert gate.measured["rate"] == pytest.approx(0.8, abs=0.01)


def test_what_moves_without_a_command_is_named(arm, tmp_path):
    time = np.arange(0.0, 8.0, 0.004)
    velocity = np.zeros((len(time), arm.num_joints))
    velocity[:, ELBOW] = 0.2 * np.sin(3.0 * time)
    position = arm.home + np.cumsum(velocity, axis=0) * 0.004
    bag = states_and_commands(
        tmp_path / "bag", arm, time, position, velocity, time, np.zeros_like(velocity)
    )
    (gate,) = judge(read_recording(bag, arm)).failed
    assert (gate.kind, gate.joints) == ("uncommanded", (arm.joint_names[ELBOW],))


def test_commands_that_hardly_change_tell_nothing(arm, tmp_path):
    time = np.arange(0.0, 8.0, 0.004)
    still = np.tile(arm.home, (len(time), 1))
    bag = states_and_commands(tmp_path / "bag", arm, time, still, 0.0 * still, time, 0.0 * still)
    validity = judge(read_recording(bag, arm))
    assert [gate.kind for gate in validity.failed] == ["not_excited"]
    assert set(validity.correlation.values()) == {None}


def test_the_simulation_itself_passes(arm, twin, tmp_path):
    assert judge(read_recording(twin_bag(tmp_path / "bag", twin, 12.0), arm)).passed


def test_joints_that_move_alike_are_not_called_swapped(arm, tmp_path):
    """On the way to a goal all joints have one profile: each matches every other's command."""
    time = np.arange(0.0, 12.0, 0.004)
    profile = np.sin(np.pi * np.minimum(time % 3.0, 1.5) / 1.5) ** 2
    sign = np.where(time % 6.0 < 3.0, 1.0, -1.0)
    commands = (sign * profile)[:, None] * np.linspace(0.1, 0.3, arm.num_joints)
    velocity = np.vstack([np.zeros((5, arm.num_joints)), commands[:-5]])
    velocity += 0.002 * np.random.default_rng(1).standard_normal(velocity.shape)
    position = arm.home + np.cumsum(velocity, axis=0) * 0.004
    bag = states_and_commands(tmp_path / "bag", arm, time, position, velocity, time, commands)
    validity = judge(read_recording(bag, arm))
    assert validity.passed, validity.findings


def test_velocities_that_are_all_zero_are_differentiated(arm, tmp_path):
    recording = read_recording(
        faulty_bag(tmp_path / "a", arm, Fault(velocity_factor=0.0, noise=0.0)), arm
    )
    assert np.abs(recording.states.velocity).max() > 0.1
    assert any(one.kind == "velocity_missing" for one in recording.irregularities)
    assert judge(recording).passed
