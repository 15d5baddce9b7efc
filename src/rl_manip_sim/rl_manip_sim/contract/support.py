"""Checks of the support: a free block of its own size, on which an object comes to rest."""

from __future__ import annotations

import functools
from typing import NamedTuple

import torch
from torch import Tensor

from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.contract.subject import (
    Subject,
    assert_same,
    checks_in,
    everyone,
    mujoco_reference,
    physics,
)
from rl_manip_sim.models.scene import Scene, SceneError

SCENE = Scene(("box", "cylinder"), support=True)
STEP, PHYSICS_STEP, STEPS = 0.04, 0.01, 20  # [s, s, 1]
ON_TOP, ROUND_ON_TOP, OVER_THE_EDGE, IN_THE_AIR = range(4)  # environments
HALF_EXTENT = (0.02, 0.02, 0.03)  # of every object [m]
HALF_WIDTH, HALF_HEIGHT = (0.04, 0.035, 0.03, 0.045), (0.03, 0.05, 0.04, 0.02)  # of supports [m]
MASS = (0.4, 0.8, 0.6, 0.2)  # of supports [kg]
DROP, BEYOND, LIFTED = 0.01, 0.015, 0.03
"""Above the support from which objects are dropped, how far their middle is beyond its edge in
OVER_THE_EDGE, and height above the table from which the support falls in IN_THE_AIR [m]."""


class Stacked(NamedTuple):
    """What four environments said in the end, on the CPU."""

    object_pose: Tensor  # (4, 7)
    support_pose: Tensor  # (4, 7)
    object_velocity: Tensor  # (4, 6)
    collision: Tensor  # (4,) bool


def _made(subject: Subject) -> BatchSim:
    """The four environments, with their objects and supports."""
    try:
        sim = subject.with_gripper.make(4, PHYSICS_STEP, STEP, scene=SCENE)
    except SceneError as error:
        raise AssertionError(str(error)) from None
    return _with_blocks(sim)


def _with_blocks(sim: BatchSim) -> BatchSim:
    sample = physics(sim)._replace(
        object_shape=torch.tensor([0, 1, 0, 0], device=sim.device),
        object_size=torch.tensor(HALF_EXTENT, device=sim.device).repeat(4, 1),
        support_half_width=torch.tensor(HALF_WIDTH, device=sim.device),
        support_half_height=torch.tensor(HALF_HEIGHT, device=sim.device),
        support_mass=torch.tensor(MASS, device=sim.device),
    )
    sim.randomize(everyone(sim), sample)
    return sim


def _supports(sim: BatchSim) -> Tensor:
    """(4, 7) poses of supports that stand in front of the arm, turned each in its own way."""
    pose = torch.zeros(4, 7, device=sim.device)
    pose[:, 0], pose[:, 1] = 0.5, 0.1
    pose[:, 2] = torch.tensor(HALF_HEIGHT, device=sim.device)
    turn = torch.tensor([0.0, 0.3, 0.0, -0.2], device=sim.device)  # half of it [rad]
    pose[:, 5], pose[:, 6] = turn.sin(), turn.cos()
    return pose


def _put(subject: Subject, sim: BatchSim) -> None:
    """Objects over their supports, and one support with its object in the air."""
    support = _supports(sim)
    support[IN_THE_AIR, 2] += LIFTED
    thing = support.clone()
    thing[:, 3:] = torch.tensor([0.0, 0.0, 0.0, 1.0], device=sim.device)
    thing[:, 2] += torch.tensor(HALF_HEIGHT, device=sim.device) + HALF_EXTENT[2] + DROP
    thing[OVER_THE_EDGE, 0] += HALF_WIDTH[OVER_THE_EDGE] + BEYOND
    home = subject.with_gripper.home(sim)
    sim.reset(everyone(sim), home, None, thing, support_pose=support)


def _story_of(subject: Subject, sim: BatchSim) -> Stacked:
    _put(subject, sim)
    still = torch.zeros_like(subject.with_gripper.home(sim))
    for _ in range(STEPS):
        sim.step(still)
    return Stacked(*(getattr(sim, name).cpu().clone() for name in Stacked._fields))


@functools.lru_cache(maxsize=8)  # most checks read it
def _story(subject: Subject) -> Stacked:
    return _story_of(subject, _made(subject))


def stacked_objects_rest_on_supports(subject: Subject) -> None:
    """Objects come to rest on supports of each environment's own height, and nothing moves them."""
    story, stays = _story(subject), [ON_TOP, ROUND_ON_TOP, IN_THE_AIR]
    height = torch.tensor(HALF_HEIGHT)
    top = 2.0 * height + HALF_EXTENT[2]
    assert_same(story.object_pose[stays, 2], top[stays], 1e-3)
    assert_same(story.support_pose[:, 2], height, 1e-3)
    assert_same(story.support_pose[:, :2], torch.tensor([[0.5, 0.1]] * 4), 1e-3)
    speed = story.object_velocity[stays, :3].norm(dim=1)
    assert speed.max() < 2e-3, speed
    assert not story.collision.any()


def objects_fall_off_supports(subject: Subject) -> None:
    """Over the edge a support's own width carries nothing: the object ends on the table."""
    fallen = _story(subject).object_pose[OVER_THE_EDGE, 2]
    assert fallen < HALF_EXTENT[2] + 5e-3, float(fallen)


def supports_fall(subject: Subject) -> None:
    """A support that nothing holds falls to the table, with what stands on it."""
    sim = _made(subject)
    _put(subject, sim)
    still = torch.zeros_like(subject.with_gripper.home(sim))
    sim.step(still)
    # 8 mm in 0.04 s at 9.81 m/s^2, and somewhat more by the simulator's own steps
    fallen = HALF_HEIGHT[IN_THE_AIR] + LIFTED - float(sim.support_pose[IN_THE_AIR, 2])
    assert 0.007 < fallen < 0.011, fallen


def support_reset_of_some(subject: Subject) -> None:
    """Reset moves the supports of the named environments, and no other."""
    sim, gripping = _made(subject), subject.with_gripper
    home, place = gripping.home(sim), _supports(sim)
    sim.reset(everyone(sim), home, None, support_pose=place)
    before = sim.support_pose.clone()
    assert_same(before, place, 1e-6)
    chosen = torch.tensor([2, 0], device=sim.device)
    place[:, 1] -= 0.3
    sim.reset(chosen, home[:2], None, support_pose=place[chosen])
    assert_same(sim.support_pose[chosen], place[chosen], 1e-6)
    assert torch.equal(sim.support_pose[[1, 3]], before[[1, 3]])
    sim.reset(chosen, home[:2])  # without a pose: they stay
    assert_same(sim.support_pose[chosen], place[chosen], 1e-6)


def stacking_as_mujoco(subject: Subject) -> None:
    """What comes to rest, comes to rest where it does by the mujoco backend."""
    arm = subject.with_gripper.arm
    reference = mujoco_reference(arm, 4, STEP, PHYSICS_STEP, scene=SCENE)
    if reference is None:
        return
    expected, found = _story_of(subject, _with_blocks(reference)), _story(subject)
    stays = [ON_TOP, ROUND_ON_TOP, IN_THE_AIR]
    tolerance = subject.promise.object_place
    assert_same(found.object_pose[stays, :3], expected.object_pose[stays, :3], tolerance)
    assert_same(found.support_pose[:, :3], expected.support_pose[:, :3], tolerance)


CHECKS = checks_in(globals())
