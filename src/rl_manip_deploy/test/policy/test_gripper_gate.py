"""The gripper moves only while the guard is armed and alive; else it is told nothing and holds."""

import math

import pytest

from rl_manip_deploy.policy.gripper_gate import GripperGate
from rl_manip_description import load_arm

GRIPPER = load_arm("ur5e", "robotiq_2f85").gripper


@pytest.fixture
def gate():
    """Armed, with a heartbeat at 1.0 s."""
    gate = GripperGate(GRIPPER)
    gate.on_guard_state("armed")
    gate.on_heartbeat(1.0)
    return gate


def test_opening_becomes_the_joint_s_position_within_its_range(gate):
    assert gate.position(0.085, 1.05) == pytest.approx(0.0)
    assert gate.position(0.0, 1.05) == pytest.approx(0.8)
    assert gate.position(0.02125, 1.05) == pytest.approx(0.6)
    assert gate.position(1.0, 1.05) == pytest.approx(0.0)
    assert gate.position(-1.0, 1.05) == pytest.approx(0.8)


@pytest.mark.parametrize(
    "state", ["", "disarmed: not armed yet", "stopping: asked", "stopped: joint state is 0.1 s old"]
)
def test_it_is_told_nothing_unless_the_guard_is_armed(gate, state):
    gate.on_guard_state(state)
    assert gate.position(0.04, 1.0) is None


def test_it_is_told_nothing_once_the_guard_is_silent(gate):
    assert gate.position(0.04, 1.09) is not None
    assert gate.position(0.04, 1.11) is None
    gate.on_heartbeat(1.2)
    assert gate.position(0.04, 1.2) is not None


@pytest.mark.parametrize("opening", [None, math.nan, math.inf])
def test_it_is_told_nothing_that_is_no_opening(gate, opening):
    assert gate.position(opening, 1.0) is None
