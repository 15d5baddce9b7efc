"""Motions of the workspace's own as a user starts them: excite.launch.py and probe.launch.py."""

from __future__ import annotations

import time
from typing import NamedTuple, Tuple

import numpy as np
import pytest
from arm_watch import NodeInAThread
from machine_stalls import stalls_are_forgiven
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool

from rl_manip_description import load_arm
from rl_manip_gap.identify.motion.excitation import ExcitationLimits
from rl_manip_gap.identify.motion.kinds_of_motion import parts
from rl_manip_gap.identify.motion.probe_pulse import EXCURSION
from rl_manip_gap.recording.recording import read_recording
from rl_manip_ros.endpoints import publisher, subscription
from rl_manip_ros.interfaces import controller_commands, joint_states, program_running
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
    assert motion.another_kind, said
    assert motion.fitted[0].duration_s > 8.0, said
    bound = 0.5 * ExcitationLimits().velocity_share * arm.limits.velocity
    fastest = np.abs(recording.commands.velocity).max(axis=0)
    assert (fastest < 1.05 * bound).all()
    assert (fastest > 0.05).all()
    assert np.abs(recording.commands.velocity[-1]).max() == 0.0
    assert np.abs(recording.states.velocity).max(axis=0) == pytest.approx(fastest, rel=0.25), said


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


PERIOD = 0.004  # [s] of the drivers' states
ARM = load_arm("ur5e")


class Wiring(NamedTuple):
    """Between a command and the joints: velocities are taken in this order, times these shares."""

    order: Tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    share: Tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


class WiredDriver(NodeInAThread):
    """A velocity controller without any lag, wired as somebody left it."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__("wired_driver")
        self._wiring, self._velocity = wiring, np.zeros(ARM.num_joints)
        driver = ARM.controller
        subscription(self.node, controller_commands(driver.command_topic), self._take)
        self._states = publisher(self.node, joint_states(driver.joint_state_topic))
        self._running = publisher(self.node, program_running(driver.program_running_topic))

    def _take(self, message) -> None:
        self._velocity = np.array(message.data)[list(self._wiring.order)] * self._wiring.share

    def _attend(self) -> None:
        self._running.publish(Bool(data=True))
        position, last = ARM.home.copy(), time.monotonic()
        while not self._ended.wait(PERIOD):
            self._executor.spin_once(timeout_sec=0.0)
            now = time.monotonic()
            position, last = position + (now - last) * self._velocity, now
            state = JointState(name=list(ARM.joint_names), position=position.tolist())
            state.velocity = self._velocity.tolist()
            state.header.stamp = self.node.get_clock().now().to_msg()
            self._states.publish(state)


def probed(tmp_path, wiring: Wiring):
    """The exit code of the probe of a real arm with that wiring, and what it says."""
    words = ("probe.launch.py", "hardware:=real", "auto_arm:=true", f"run_dir:={tmp_path}/run")
    with WiredDriver(wiring), Ros2Process("launch", "rl_manip", *words) as launch:
        return launch.finish()


@stalls_are_forgiven
def test_a_driver_as_described_passes_the_probe(tmp_path):
    code, said = probed(tmp_path, Wiring())
    assert code == 0, said
    for name in ARM.joint_names:
        assert f"{name}: turned by 1.0" in said or f"{name}: turned by 0.9" in said
    assert "every joint does what the description says" in said
    recording = read_recording(tmp_path / "run" / "bag", ARM)
    away = np.abs(recording.states.position - ARM.home).max(axis=0)
    assert (away > 0.9 * EXCURSION).all(), said
    assert (away < 3.0 * EXCURSION).all(), said  # a busy machine may make it begin anew at a joint


@stalls_are_forgiven
@pytest.mark.parametrize(
    ("wiring", "found"),
    [
        (Wiring(share=(1, 1, 1, 1, -1, 1)), "wrist_2_joint was asked to turn by"),
        (Wiring(order=(0, 1, 2, 3, 5, 4)), "wrist_3_joint was asked to turn by"),
    ],
    ids=["the other way round", "another order"],
)
def test_a_driver_that_is_wired_otherwise_ends_it_before_the_next_joint(tmp_path, wiring, found):
    code, said = probed(tmp_path, wiring)
    assert code != 0
    assert found in said
    assert "wrist_1_joint: turned" not in said
