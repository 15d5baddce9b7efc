"""Checks of the gripper, and of an object that is dropped, gripped, carried and let go."""

from __future__ import annotations

import functools
from typing import NamedTuple, Tuple

import torch
from torch import Tensor

from rl_manip_sim.backends.torch_kinematics import rotated
from rl_manip_sim.batch_sim import BatchSim, PhysicsSample
from rl_manip_sim.contract.knobs import GRAVITY
from rl_manip_sim.contract.subject import (
    Subject,
    assert_same,
    checks_in,
    everyone,
    mujoco_reference,
    physics,
)
from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene

SCENE = Scene(OBJECT_SHAPES)
BOX, CYLINDER, BALL, SLIPPERY = range(4)  # environments; the last one is a box, too
HALF_EXTENT = ((0.025, 0.02, 0.03), (0.022, 0.022, 0.03), (0.025,) * 3, (0.025, 0.02, 0.03))  # [m]
MASS = (0.5, 0.4, 0.3, 0.5)  # [kg]
FRICTION = (0.6, 0.8, 1.0, 0.05)
STEP, PHYSICS_STEP = 0.04, 0.01  # [s]
HEIGHT = 0.05  # from which objects are dropped [m]
OPENINGS = (0.06, 0.07, 0.05, 0.085)  # asked for meanwhile [m]
DROP, CLOSE, CARRY, RELEASE = 10, 6, 6, 4  # control steps


class Handled(NamedTuple):
    """What four environments said after each control step, on the CPU."""

    object_pose: Tensor  # (steps, 4, 7)
    object_velocity: Tensor  # (steps, 4, 6)
    gripper_opening: Tensor  # (steps, 4)
    grip_force: Tensor  # (steps, 4)
    tool_pose: Tensor  # (steps, 4, 7)
    collision: Tensor  # (steps, 4) bool


def _objects(subject: Subject) -> BatchSim:
    """The four environments, with their objects."""
    sim = subject.make(4, PHYSICS_STEP, STEP, scene=SCENE)
    sim.randomize(everyone(sim), _sample(sim))
    return sim


def _sample(sim: BatchSim) -> PhysicsSample:
    return physics(sim)._replace(
        object_shape=torch.tensor([0, 1, 2, 0], device=sim.device),
        object_size=torch.tensor(HALF_EXTENT, device=sim.device),
        object_mass=torch.tensor(MASS, device=sim.device),
        object_friction=torch.tensor(FRICTION, device=sim.device),
    )


def _on_table(sim: BatchSim, lifted: float = 0.0) -> Tensor:
    """(4, 7) poses of the objects in front of the arm, ``lifted`` [m] above the table."""
    pose = torch.tensor([0.5, 0.1, 0.0, 0.0, 0.0, 0.0, 1.0], device=sim.device).repeat(4, 1)
    pose[:, 2] = torch.tensor(HALF_EXTENT, device=sim.device)[:, 2] + lifted
    return pose


def _handle(subject: Subject, sim: BatchSim) -> Handled:
    """Objects fall to the table; then they are put between the fingers, gripped and carried."""
    home, told = subject.home(sim), []

    def step(velocity: float, openings: Tensor) -> None:
        sim.step(torch.full_like(home, velocity), openings)
        told.append(tuple(getattr(sim, name).cpu().clone() for name in Handled._fields))

    sim.reset(everyone(sim), home, None, _on_table(sim, HEIGHT))
    for _ in range(DROP):
        step(0.0, torch.tensor(OPENINGS, device=sim.device))
    width = 2.0 * torch.tensor(HALF_EXTENT, device=sim.device)[:, 0]
    sim.reset(everyone(sim), home, width + 0.004, sim.tool_pose.clone())
    closed, opened = torch.zeros_like(width), torch.full_like(width, 0.085)
    for count, velocity, openings in (
        (CLOSE, 0.0, closed),
        (CARRY, 0.15, closed),
        (RELEASE, 0.0, opened),
    ):
        for _ in range(count):
            step(velocity, openings)
    return Handled(*(torch.stack(one) for one in zip(*told)))


@functools.lru_cache(maxsize=8)  # most checks read it
def _story(subject: Subject) -> Handled:
    gripping = subject.with_gripper
    return _handle(gripping, _objects(gripping))


def _phases(values: Tensor) -> Tuple[Tensor, ...]:
    return values.split((DROP, CLOSE, CARRY, RELEASE))


def handling_shapes_and_dtypes(subject: Subject) -> None:
    """Tensors of gripper and object have the protocol's shapes and types."""
    story = _story(subject)
    steps = DROP + CLOSE + CARRY + RELEASE
    for name, shape in (
        ("object_pose", (7,)),
        ("object_velocity", (6,)),
        ("gripper_opening", ()),
        ("grip_force", ()),
    ):
        values = getattr(story, name)
        assert values.shape == (steps, 4, *shape), f"{name} is {tuple(values.shape)}"
        assert values.dtype == torch.float32, f"{name} is {values.dtype}"


def openings_are_reached(subject: Subject) -> None:
    """Fingers move at the closing speed, and stop where they are asked to."""
    opening = _phases(_story(subject).gripper_opening)[0]
    # 0.15 m/s for 0.08 s are 12 mm, less what it takes to get going
    assert 0.073 < float(opening[1, BOX]) < 0.078, float(opening[1, BOX])
    expected = torch.tensor(OPENINGS)
    torch.testing.assert_close(opening[-1], expected, atol=5e-4, rtol=0.0)


def dropped_objects_fall_and_rest(subject: Subject) -> None:
    """Objects fall freely, come to rest on the table, and that is no collision."""
    story = _story(subject)
    pose, velocity = _phases(story.object_pose)[0], _phases(story.object_velocity)[0]
    falling = 2  # 32 mm in 0.08 s, of 50 mm
    torch.testing.assert_close(
        velocity[falling - 1, :, 2],
        torch.full((4,), -GRAVITY * falling * STEP),
        rtol=0.01,
        atol=0.0,
    )
    height = torch.tensor(HALF_EXTENT)[:, 2]
    torch.testing.assert_close(pose[-1, :, 2], height, atol=5e-4, rtol=0.0)
    assert velocity[-1].abs().max() < 5e-3, velocity[-1]
    assert not story.collision.any()
    assert not bool(_phases(story.grip_force)[0].any())


def gripped_objects_are_carried(subject: Subject) -> None:
    """The fingers press with their force, and what they hold goes where the tool goes."""
    story = _story(subject)
    held = torch.tensor([BOX, CYLINDER, BALL])
    # 40 N across, and each finger carries half of the weight
    weight = GRAVITY * torch.tensor(MASS)[held]
    expected = torch.sqrt(40.0**2 + (weight / 2.0) ** 2)
    force = _phases(story.grip_force)[1][-1, held]
    torch.testing.assert_close(force, expected, atol=1.0, rtol=0.0)
    assert (_phases(story.grip_force)[2][:, held] > 30.0).all()

    def from_the_tool(step: int) -> Tensor:
        tool = story.tool_pose[step, held]
        back = tool[:, 3:] * torch.tensor([-1.0, -1.0, -1.0, 1.0])
        return rotated(back, story.object_pose[step, held, :3] - tool[:, :3])

    gripped, carried = DROP + CLOSE - 1, DROP + CLOSE + CARRY - 1
    way = (story.tool_pose[carried, held, :3] - story.tool_pose[gripped, held, :3]).norm(dim=1)
    assert (way > 0.01).all(), way
    moved = (from_the_tool(carried) - from_the_tool(gripped)).norm(dim=1)
    assert moved.max() < 1e-3, moved
    # opened, the fingers let go of it
    fallen = story.object_pose[carried, held, 2] - story.object_pose[-1, held, 2]
    assert (fallen > 0.03).all(), fallen
    assert not bool(story.grip_force[-1].any())


def slippery_objects_fall(subject: Subject) -> None:
    """Two contacts of at most 0.05 * 40 N hold 4 N, less than 4.9 N."""
    height = _story(subject).object_pose[:, SLIPPERY, 2]
    gripped, carried = DROP + CLOSE - 1, DROP + CLOSE + CARRY - 1
    assert height[carried] < height[gripped] - 0.02, height[[gripped, carried]]


def handling_reset_of_some(subject: Subject) -> None:
    """Reset moves gripper and object of the named environments, and no other."""
    gripping = subject.with_gripper
    sim = _objects(gripping)
    home, away = gripping.home(sim), _on_table(sim)
    sim.reset(everyone(sim), home, None, away)
    before = sim.object_pose.clone()
    chosen = torch.tensor([2, 0], device=sim.device)
    away[:, 1] -= 0.3
    narrow = torch.tensor([0.03, 0.04], device=sim.device)
    sim.reset(chosen, home[:2], narrow, away[chosen])
    torch.testing.assert_close(sim.object_pose[chosen], away[chosen])
    assert torch.equal(sim.object_pose[[1, 3]], before[[1, 3]])
    torch.testing.assert_close(sim.gripper_opening.cpu(), torch.tensor([0.04, 0.085, 0.03, 0.085]))
    sim.reset(chosen, home[:2])  # without a pose: they stay
    torch.testing.assert_close(sim.object_pose[chosen], away[chosen])


def objects_are_those_reported(subject: Subject) -> None:
    """What a second ``randomize`` returns is what then rests on the table."""
    gripping = subject.with_gripper
    sim = _objects(gripping)
    home, everybody = gripping.home(sim), everyone(sim)
    given = sim.randomize(everybody, _other(sim))
    pose = _on_table(sim, HEIGHT)
    sim.reset(everybody, home, None, pose)
    for _ in range(DROP):
        sim.step(torch.zeros_like(home))
    height = given.object_size[:, 2]
    torch.testing.assert_close(sim.object_pose[:, 2], height, atol=5e-4, rtol=0.0)


def objects_change(subject: Subject) -> None:
    """An environment may get another object at any time: other in shape, size, mass, friction."""
    sim = _objects(subject.with_gripper)
    wanted = _other(sim)
    given = sim.randomize(everyone(sim), wanted)
    assert torch.equal(given.object_shape, wanted.object_shape), given.object_shape
    assert torch.equal(given.object_size, wanted.object_size), given.object_size
    for name in ("object_mass", "object_friction"):
        assert torch.equal(getattr(given, name), getattr(wanted, name)), name


def _other(sim: BatchSim) -> PhysicsSample:
    """Each environment's object goes to the next one."""
    sample = _sample(sim)
    rolled = {
        name: getattr(sample, name).roll(1, dims=0)
        for name in sample._fields
        if name.startswith("object_")
    }
    return sample._replace(**rolled)


def handling_as_mujoco(subject: Subject) -> None:
    """From the same states, by the same commands, with the same objects as the mujoco backend."""
    gripping, promise = subject.with_gripper, subject.promise
    reference = mujoco_reference(gripping.arm, 4, STEP, PHYSICS_STEP, scene=SCENE)
    if reference is None:
        return
    reference.randomize(everyone(reference), _sample(reference))
    expected, found = _handle(gripping, reference), _story(subject)
    assert_same(found.object_pose, expected.object_pose, promise.object_place)
    assert_same(found.gripper_opening, expected.gripper_opening, promise.object_place)
    assert_same(found.object_velocity, expected.object_velocity, promise.object_speed)
    assert_same(found.grip_force, expected.grip_force, promise.grip_force)
    assert torch.equal(found.collision, expected.collision)


CHECKS = checks_in(globals())
