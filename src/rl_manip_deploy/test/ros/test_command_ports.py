"""What each command port sends, message by message."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_deploy.guard.braking import Motion
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.ros.guarding import command_ports
from rl_manip_deploy.ros.guarding.command_ports import make_port
from rl_manip_description import load_arm

# the controller has the joints the other way round
UR5E = load_arm("ur5e")
REVERSED = tuple(reversed(UR5E.joint_names))
ARM = replace(UR5E, controller=replace(UR5E.controller, joint_names=REVERSED))
REST = Motion(np.zeros(6), np.zeros(6))
MOVING = Motion(np.array([0.5, -0.4, 0.3, 0.2, -0.1, 0.6]), np.zeros(6))


class Commands(list):
    """What was published; `topic` says where."""

    def publish(self, message):
        self.append(list(message.data))


@pytest.fixture
def commands(monkeypatch):
    sent = Commands()

    def publisher(node, topic):
        sent.topic = topic.name
        return sent

    monkeypatch.setattr(command_ports, "publisher", publisher)
    return sent


def port(kind, arm=ARM):
    return make_port(kind, None, arm, arm_limits(arm), "", False)


def test_velocities_go_out_in_the_controllers_order_idle_or_not(commands):
    sut = port("velocity")
    assert commands.topic == "forward_velocity_controller/commands"
    sut.send(MOVING, ARM.home, 0.0, False)
    sut.send(REST, ARM.home, 0.002, True)
    assert commands == [[0.6, -0.1, 0.2, 0.3, -0.4, 0.5], [0.0] * 6]


def test_positions_begin_at_the_arm_in_the_controllers_order(commands):
    sut = port("position")
    assert commands.topic == "forward_position_controller/commands"
    sut.send(REST, ARM.home, 0.0, False)
    assert commands[-1] == pytest.approx(ARM.home[::-1])
    sut.send(MOVING, ARM.home, 0.01, False)
    sut.send(MOVING, ARM.home, 0.02, False)
    # half a step while the speed rose from rest, then a whole one
    assert commands[-1] == pytest.approx((ARM.home + 0.015 * MOVING.velocity)[::-1])


def test_no_position_is_sent_while_the_guard_is_not_armed_or_has_heard_no_arm(commands):
    sut = port("position")
    sut.send(REST, ARM.home, 0.0, True)
    sut.send(REST, None, 0.002, False)
    assert commands == []


def test_once_disarmed_it_begins_anew_where_the_arm_is_then(commands):
    sut = port("position")
    sut.send(REST, ARM.home, 0.0, False)
    sut.send(REST, ARM.home, 0.002, True)
    assert len(commands) == 2
    sut.send(REST, ARM.home, 0.004, True)
    assert len(commands) == 2
    elsewhere = ARM.home + 0.7
    sut.send(MOVING, elsewhere, 9.0, False)
    assert commands[-1] == pytest.approx(elsewhere[::-1])


@pytest.mark.parametrize("kind", ["velocity", "trajectory", "position"])
def test_a_port_that_the_arms_file_names_no_controller_for_is_refused(commands, kind):
    none = {"command_topic": "", "trajectory_topic": "", "position_topic": ""}
    other = "velocity" if kind == "position" else "position"
    key = {"velocity": "command_topic", "position": "position_topic"}[other]
    kept = {**none, key: getattr(UR5E.controller, key)}
    arm = replace(UR5E, controller=replace(UR5E.controller, **kept))
    with pytest.raises(ValueError, match=f"command_port is '{kind}', but .* give {other}, or that"):
        port(kind, arm)
    assert commands == []
