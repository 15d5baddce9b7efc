"""Friction and rotor inertia from efforts alone, where both are known."""

import numpy as np
import pytest
import yaml

from rl_manip_gap.commands import identify as identify_command
from rl_manip_gap.identify.torques.torque_check import rigid_body_torque
from rl_manip_gap.identify.torques.torque_files import nominal_dynamics
from rl_manip_gap.identify.torques.torque_fit import fit_torques, is_known
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import states_and_commands
from rl_manip_sim.randomization.randomization_cfg import load_randomization

GAIN = 11.0  # [Nm/A]
SCALE = 1.4  # of all friction and rotor inertia over the description's
DURATION, STEP = 40.0, 0.01


def motion(arm):
    """Times (N,), positions, velocities, accelerations (N, n): three tones a joint."""
    time = np.arange(0.0, DURATION, STEP)
    rng = np.random.default_rng(3)
    size = (3, arm.num_joints)
    pace, phase = rng.uniform(0.5, 4.0, size), rng.uniform(0.0, 6.28, size)
    angle = pace * time[:, None, None] + phase
    swing = 0.35 / pace
    return (
        time,
        arm.home + (swing * np.sin(angle)).sum(axis=1),
        (swing * pace * np.cos(angle)).sum(axis=1),
        (-swing * pace**2 * np.sin(angle)).sum(axis=1),
    )


def recorded(arm, twin, folder, stribeck=0.0, masses=True):
    time, position, velocity, acceleration = motion(arm)
    nominal = nominal_dynamics(twin)
    coulomb = SCALE * nominal["coulomb"]
    torque = SCALE * (nominal["armature"] * acceleration + nominal["viscous"] * velocity)
    torque += coulomb * (1.0 + stribeck * np.exp(-((velocity / 0.1) ** 2))) * np.sign(velocity)
    if masses:
        torque += rigid_body_torque(arm, position, velocity, acceleration)
    noise = 0.01 * np.random.default_rng(1).standard_normal(torque.shape)
    bag = states_and_commands(
        folder / "bag", arm, time, position, velocity, effort=torque / GAIN + noise
    )
    return bag, nominal


def test_friction_inertia_and_gain_are_held(arm, twin, tmp_path):
    bag, nominal = recorded(arm, twin, tmp_path)
    found = fit_torques([read_recording(bag, arm)], arm, nominal)
    for j, joint in enumerate(found[:5]):  # the last one's masses are too small to tell its gain
        assert joint.is_measured
        assert joint.drive_gain.value == pytest.approx(GAIN, rel=0.05)
        for name in ("coulomb", "viscous", "armature"):
            value, truth = getattr(joint, name).value, SCALE * nominal[name][j]
            assert value == pytest.approx(truth, rel=0.1), (joint.name, name)
        assert joint.stribeck is None or abs(joint.stribeck.value) < 0.1 * joint.coulomb.value
        assert joint.rmse_nm < joint.nominal_rmse_nm


def test_friction_at_rest_beyond_coulombs_is_seen(arm, twin, tmp_path):
    bag, nominal = recorded(arm, twin, tmp_path, stribeck=0.8)
    for j, joint in enumerate(fit_torques([read_recording(bag, arm)], arm, nominal)[:5]):
        assert joint.stribeck.excludes_zero
        assert joint.stribeck.value == pytest.approx(0.8 * SCALE * nominal["coulomb"][j], rel=0.35)
        assert joint.coulomb.value == pytest.approx(SCALE * nominal["coulomb"][j], rel=0.15)


def test_the_command_writes_ranges_that_hold_the_truth(arm, twin, tmp_path, capsys):
    bag, _ = recorded(arm, twin, tmp_path)
    out = tmp_path / "out"
    identify_command._identify(identify_command.IdentifyArguments(bags=(bag,), out=out))
    ranges = load_randomization(out / "randomization.yaml")
    for name in ("joint_friction_scale", "joint_damping_scale", "joint_armature_scale"):
        low, high = (np.array(end)[:5] for end in getattr(ranges, name))
        assert (low <= SCALE).all()
        assert (high >= SCALE).all()
    said = capsys.readouterr().out
    assert "hold no commands: delay, gain and servo keep their default ranges" in said
    assert "wrist_3_joint: not measured, the motion does not tell its drive gain" in said
    content = yaml.safe_load((out / "identified.yaml").read_text())
    assert content["joints"]["elbow_joint"]["coulomb"]["excited"]
    assert not content["joints"]["wrist_3_joint"]["coulomb"]["excited"]


def test_efforts_that_show_no_masses_are_refused(arm, twin, tmp_path, monkeypatch):
    """Without gravity or inertia of known masses nothing says what a unit of effort is."""
    bag, nominal = recorded(arm, twin, tmp_path, masses=False)
    found = fit_torques([read_recording(bag, arm)], arm, nominal)
    assert not any(is_known(joint.drive_gain) for joint in found)
    monkeypatch.setattr("sys.argv", ["identify", str(bag), "-o", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        identify_command.main()
    assert "no ranges are written: of no joint do the efforts show friction" in ended.value.code
    assert not (tmp_path / "out").exists()
