"""The guard's geometry is the real arm's, and changes only while the arm cannot move."""

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.mode import Mode
from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_description import load_arm
from rl_manip_description.kinematics.drawn_calibration import drawn_calibration

ARM = load_arm("ur5e")


def another_copy(seed):
    return replace(ARM, chain=drawn_calibration(ARM.chain, np.random.default_rng(seed)))


@pytest.mark.parametrize("seed", range(3))
def test_rooms_are_the_real_arms(seed):
    """The tool's room above the floor is the real tool's height, and no other."""
    own, limits = another_copy(seed), arm_limits(ARM)
    for arm in (ARM, own):
        space = SafeMotion(arm, limits).space
        rooms = space.rooms(ARM.home[None])[0]
        named = [space.name_of(number) for number in range(len(rooms))]
        height = arm.forward_kinematics(ARM.home).position[2]
        kept = limits.tool_lower[2] + limits.tool_margin
        assert np.isclose(
            [room for room, name in zip(rooms, named) if name == "tool box"], height - kept
        ).any()


def test_an_armed_guard_keeps_the_kinematics_that_it_was_armed_with(bench):
    bench.armed()
    with pytest.raises(ValueError, match="the arm may move"):
        bench.guard.take_kinematics(another_copy(1))
    assert bench.mode is Mode.ARMED
    bench.guard.stop("enough")
    bench.run(0.5)
    bench.guard.take_kinematics(another_copy(1))
    assert bench.mode is Mode.STOPPED


def test_before_arming_it_takes_them_and_moves_as_ever(bench):
    bench.guard.take_kinematics(another_copy(1))
    bench.armed()
    assert bench.mode is Mode.ARMED
