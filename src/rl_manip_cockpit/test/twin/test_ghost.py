"""The twin starts where the arm rests, and then only hears what the arm is told."""

import numpy as np
import pytest

from rl_manip_cockpit.state.seen import Motion
from rl_manip_description import load_arm

pytest.importorskip("mujoco.batch", reason="the twin needs MuJoCo's batch, from Python 3.11 on")
from rl_manip_cockpit.twin.ghost import SETTLED, Ghost

ARM = load_arm("ur5e")
STILL = np.zeros(ARM.num_joints)
LOOK = 0.05  # [s]


def at(now: float, position: np.ndarray, velocity: np.ndarray = STILL) -> Motion:
    return Motion(now, velocity, position)


def test_it_follows_the_commands_and_not_the_arm():
    """0.4 rad/s for half a second are 0.2 rad, but for the servo's lag of 20 ms."""
    ghost = Ghost(ARM)
    ghost.follow(at(0.0, ARM.home), [], 0.0)
    assert ghost.position == pytest.approx(ARM.home)
    asked = STILL.copy()
    asked[-1] = 0.4
    for now in np.arange(1, 11) * LOOK:
        # an arm that is told to move and does not
        ghost.follow(at(now, ARM.home), [Motion(now - LOOK, asked)], now)
    moved = ghost.position - ARM.home
    assert moved[-1] == pytest.approx(0.2 - 0.4 * 0.02, abs=0.01)
    assert np.abs(moved[:-1]).max() < 0.002


def test_it_begins_anew_where_the_arm_has_come_to_rest():
    ghost = Ghost(ARM)
    ghost.follow(at(0.0, ARM.home), [], 0.0)
    elsewhere = ARM.home + 0.1
    for now in np.arange(1, SETTLED / LOOK - 1) * LOOK:
        ghost.follow(at(now, elsewhere, STILL + 0.5), [], now)
        assert ghost.position == pytest.approx(ARM.home, abs=0.01)
    moved = now
    for now in moved + np.arange(1, SETTLED / LOOK + 3) * LOOK:
        ghost.follow(at(now, elsewhere), [], now)
    assert ghost.position == pytest.approx(elsewhere)


def test_without_an_arm_there_is_none():
    ghost = Ghost(ARM)
    ghost.follow(None, [], 0.0)
    assert ghost.position is None
