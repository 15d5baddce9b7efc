"""What the isaacgym backend says of poses that nobody has stepped in."""

from __future__ import annotations

import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.backends import make_sim
from rl_manip_sim.backends.isaacgym.isaacgym_touch import TouchAtRest, segment_distance
from rl_manip_sim.backends.torch_kinematics import TorchKinematics

CPU = torch.device("cpu")
POSES = 400


@pytest.mark.parametrize(
    ("second", "half", "distance"),
    [
        ((0.0, 0.0, 2.0), (0.0, 1.0, 0.0), 2.0),  # across, two apart
        ((0.5, 3.0, 0.0), (1.0, 0.0, 0.0), 3.0),  # side by side
        ((4.0, 0.0, 0.0), (1.0, 0.0, 0.0), 2.0),  # one behind the other: 4 - 1 - 1
        ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), 0.0),  # crossing
        ((0.0, 5.0, 0.0), (0.0, 0.0, 0.0), 5.0),  # a point
        ((4.0, 4.0, 0.0), (0.0, 0.0, 0.0), 5.0),  # a point beyond the end: 3 and 4
    ],
)
def test_distance_of_segments_by_hand(second, half, distance):
    first = torch.zeros(3), torch.tensor([1.0, 0.0, 0.0])
    other = torch.tensor(second), torch.tensor(half)
    for one, two in ((first, other), (other, first)):
        assert float(segment_distance(*one, *two)) == pytest.approx(distance, abs=1e-6)


@pytest.mark.parametrize("gripper", [None, "robotiq_2f85"])
def test_who_is_said_to_touch_does_and_few_are_missed(gripper):
    arm = load_arm("ur5e", gripper=gripper)
    generator = torch.Generator().manual_seed(0)
    spread = torch.tensor([3.0, 1.2, 1.5, 2.0, 2.0, 3.0])
    offset = (2.0 * torch.rand(POSES, 6, generator=generator) - 1.0) * spread
    lower, upper = torch.tensor(arm.limits.position_lower), torch.tensor(arm.limits.position_upper)
    joints = (torch.tensor(arm.home) + offset).clamp(lower, upper).float()
    sim = make_sim("mujoco", arm, POSES, 0.04, 0.01, 1)
    sim.reset(torch.arange(POSES), joints)
    told = TouchAtRest(arm, TorchKinematics(arm.chain, CPU), CPU)(joints)
    touching = sim.collision
    assert int(touching.sum()) > 0.15 * POSES
    assert not bool((told & ~touching).any())
    assert int((told & touching).sum()) >= 0.85 * int(touching.sum())
