"""excite.launch.py as a user starts it: it moves an arm through the guard, records it, and ends."""

import numpy as np
import pytest
from machine_stalls import stalls_are_forgiven

from rl_manip_description import load_arm
from rl_manip_gap.identify.motion.excitation import ExcitationLimits
from rl_manip_gap.identify.motion.kinds_of_motion import parts
from rl_manip_gap.recording.recording import read_recording
from ros2_process import Ros2Process


def excite(*arguments):
    return Ros2Process("launch", "rl_manip", "excite.launch.py", *arguments)


@stalls_are_forgiven
def test_it_plays_the_whole_motion_and_leaves_a_bag(tmp_path):
    with excite(
        "hardware:=sim", "duration:=8", "moves:=6", "speed:=0.5", f"run_dir:={tmp_path}/run"
    ) as launch:
        code, said = launch.finish()
    assert code == 0, said
    assert "excitation 10 of 15.5 s" in said
    assert f"identify {tmp_path}/run/bag" in said
    arm = load_arm("ur5e")
    recording = read_recording(tmp_path / "run" / "bag", arm)
    moving = np.abs(recording.commands.velocity).max(axis=1) > 0.0
    # a stop on a busy machine interrupts the motion: pauses do not count
    steps = np.minimum(np.diff(recording.commands.time), 0.01)
    assert steps[moving[:-1]].sum() == pytest.approx(8.0 + 6.0, abs=1.0), said
    motion = parts([recording])
    assert motion.another_kind
    assert motion.fitted[0].duration_s > 8.0
    bound = 0.5 * ExcitationLimits().velocity_share * arm.limits.velocity
    fastest = np.abs(recording.commands.velocity).max(axis=0)
    assert (fastest < 1.05 * bound).all()
    assert (fastest > 0.05).all()
    assert np.abs(recording.commands.velocity[-1]).max() == 0.0
    assert np.abs(recording.states.velocity).max(axis=0) == pytest.approx(fastest, rel=0.25)


def test_bad_arguments_end_it_with_a_sentence(tmp_path):
    with excite("hardware:=sim", "speed:=2", f"run_dir:={tmp_path}/run") as launch:
        code, said = launch.finish()
    assert code != 0
    assert "speed is '2': give a number from 0.05 to 1" in said
    assert not (tmp_path / "run").exists()


def test_every_argument_is_described():
    with excite("--show-args") as launch:
        code, output = launch.finish()
    assert code == 0
    assert "no description" not in output.lower()
    for name in ("arm", "hardware", "robot_ip", "duration", "speed", "bag", "sim_seed"):
        assert f"'{name}':" in output
    assert "'policy':" not in output
