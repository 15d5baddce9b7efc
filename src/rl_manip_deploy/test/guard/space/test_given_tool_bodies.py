"""The guard's solids of an arm whose tool a person gave."""

import numpy as np
import pytest

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.space.bodies import FINGERS, LOAD, TOOL, arm_bodies
from rl_manip_deploy.guard.space.guarded_space import GuardedSpace
from rl_manip_deploy.guard.space.payload import Payload
from rl_manip_description import known_grippers, load_arm
from rl_manip_description.model.own_kinematics import flange_chain, with_written_tool

HAND = load_arm("ur5e", "robotiq_2f85")
OWN = with_written_tool(HAND, "0.05,0,0.25,0,1.5707963267948966,0")


def test_the_point_is_the_given_tools_and_the_hand_hangs_on_the_flange():
    before, now = arm_bodies(HAND), arm_bodies(OWN)
    assert now.name == before.name
    np.testing.assert_allclose(now.pose[:-1], before.pose[:-1], atol=1e-12)
    at = flange_chain(HAND).tool @ [0.05, 0.0, 0.25, 1.0]
    assert now.name[-1] == TOOL
    np.testing.assert_allclose(now.pose[-1, :, 3], at, atol=1e-12)


def test_the_payload_is_seen_from_the_given_tool():
    """A quarter about the flange's y turns the tool's z to the flange's x: 0.1 m along it."""
    bodies = arm_bodies(OWN, Payload("sphere", (0.02,), center=(0.0, 0.0, 0.1)))
    at = flange_chain(HAND).tool @ [0.15, 0.0, 0.25, 1.0]
    np.testing.assert_allclose(bodies.pose[bodies.name.index(LOAD), :, 3], at, atol=1e-12)


def test_room_above_the_floor_is_the_tips():
    arm = load_arm("ur5e")
    own = with_written_tool(arm, "0,0,0.2")
    limits = arm_limits(own)
    space = GuardedSpace(own, limits)
    rooms = space.rooms(arm.home[None])[0]
    boxes = [room for i, room in enumerate(rooms) if space.name_of(i) == "tool box"]
    height = arm.forward_kinematics(arm.home).position[2] - 0.2  # the flange points down
    assert np.isclose(boxes, height - limits.tool_lower[2] - limits.tool_margin).any()


@pytest.mark.parametrize("gripper", known_grippers())
def test_fingers_are_wherever_they_open_along_the_tools_x_axis(gripper):
    arm = load_arm("ur5e", gripper)
    bodies = arm_bodies(arm)
    fingers = [number for number, name in enumerate(bodies.name) if name == FINGERS]
    assert fingers
    for number in fingers:
        along = np.abs(bodies.pose[number, :3, :3].T @ arm.chain.tool[:3, :3])
        x, y, _ = bodies.half[number] @ along
        assert x > arm.gripper.max_opening / 2.0
        assert y < 0.02
