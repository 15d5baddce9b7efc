"""The guard's geometry against MuJoCo's, and against points all over the solids."""

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_deploy.guard.guard_limits import arm_limits, tool_levers
from rl_manip_deploy.guard.space.bodies import arm_bodies, covering_spheres
from rl_manip_deploy.guard.space.guarded_space import GuardedSpace, Surroundings
from rl_manip_deploy.guard.space.payload import Payload
from rl_manip_deploy.guard.space.zones import zone_from
from rl_manip_description import load_arm

pytest.importorskip("mujoco", reason="mujoco computes true distances here")

from robots import with_gripper
from true_distances import FURTHEST, TrueDistances

AROUND = Surroundings(
    zones=(
        zone_from(
            {
                "name": "post",
                "kind": "box",
                "keep": "out",
                "center": [0.3, 0.6, 0.3],
                "size": [0.1, 0.2, 0.6],
                "rpy": [0.0, 0.1, 0.5],
            }
        ),
        zone_from(
            {
                "name": "wall",
                "kind": "half_space",
                "keep": "in",
                "point": [-0.5, 0.0, 0.0],
                "normal": [1.0, 0.2, 0.0],
            }
        ),
        zone_from(
            {
                "name": "cell",
                "kind": "box",
                "keep": "in",
                "lower": [-0.9, -0.9, 0.0],
                "upper": [0.9, 0.9, 1.2],
                "applies_to": "tool",
            }
        ),
    ),
    payload=Payload("box", (0.05, 0.03, 0.04), (0.0, 0.0, 0.02)),
)
ZONES = {zone.name for zone in AROUND.zones}
OPENING = 0.0425  # of one finger [m]


# of each kind of shapes and joints one: an arm takes ten seconds
SAMPLE = ("ur5e", "ur20", "xarm7")


@pytest.fixture(scope="module", params=SAMPLE)
def guarded(request):
    """Arm, space and truth, with a gripper where home leaves room for it, payload and zones."""
    arm = with_gripper(request.param)
    return arm, GuardedSpace(arm, arm_limits(arm), AROUND), TrueDistances(arm, AROUND)


def poses(arm, count, seed):
    """Within the limits, and within one turn."""
    rng = np.random.default_rng(seed)
    lower, upper = arm.limits.one_turn
    upper = np.minimum(upper, lower + 2.0 * np.pi)
    return rng.uniform(lower, upper, (count, arm.num_joints))


def bounds(space, holds):
    """Numbers of the bounds whose names a condition holds for."""
    count = space.num_planes + space.num_pairs
    return [number for number in range(count) if holds(space.name_of(number).split(" and "))]


def test_no_room_is_more_than_the_true_one_and_little_is_less(guarded):
    arm, space, truth = guarded
    limits = arm_limits(arm)
    rng = np.random.default_rng(1)
    drawn = poses(arm, 400, seed=2)
    rooms = space.rooms(drawn)
    zones = bounds(space, lambda names: ZONES & set(names))
    parts = bounds(space, lambda names: len(names) == 2 and not ZONES & set(names))
    floor = bounds(space, lambda names: names == ["floor"])
    short = []
    for pose, room in zip(drawn, rooms):
        truth.move(pose, rng.uniform(0.0, OPENING))
        # parts that can never touch are not among the bounds, and keep that much room
        between = truth.between_parts()
        kept = limits.link_margin + 0.002
        assert min(room[parts].min(), 0.0) <= between - kept + 1e-6
        if between < kept:
            short.append(between - kept - room[parts].min())
        near = truth.in_zones()
        if near < 0.5 * FURTHEST:
            assert room[zones].min() + limits.tool_margin <= near + 1e-6
        assert room[floor].min() <= truth.above(limits.floor) + 1e-6
    assert len(short) > 20
    short = np.array(short)
    # a centimetre, and one for each metre that larger arms reach
    assert np.mean(short[short < 0.05]) < 0.01 * max(1.0, tool_levers(arm)[0])


def test_quick_room_is_no_more_than_that_of_the_solids(guarded):
    """Spheres hold the solids: what is far for them is far."""
    arm, space, truth = guarded
    limits = arm_limits(arm)
    for pose, room in zip(poses(arm, 300, seed=3), space.view(poses(arm, 300, seed=3)).room):
        truth.move(pose, 0.0)
        quick = room[space.num_plane_entries :]
        links = [not ZONES & set(space.parts_of(b)) for b in space.bound[space.num_plane_entries :]]
        kept = limits.link_margin + 0.002
        between = truth.between_parts()
        # parts that can never touch are not among the bounds, and keep that much room
        if between < kept:
            assert quick[links].min() <= max(between - kept, 0.0)


def test_spheres_hold_the_solids():
    arm = load_arm("ur5e", "robotiq_2f85")
    for payload in (
        AROUND.payload,
        Payload("capsule", (0.02, 0.1), rpy=(1.0, 0.0, 0.0)),
        Payload("cylinder", (0.1, 0.01)),
        Payload("sphere", (0.05,)),
    ):
        bodies = arm_bodies(arm, payload)
        spheres = covering_spheres(bodies)
        rng = np.random.default_rng(4)
        for number in range(len(bodies.link)):
            shape = (4000, 3)
            point = rng.uniform(-1.0, 1.0, shape) * bodies.half[number]
            angle, radius = rng.uniform(0.0, 2.0 * np.pi, 4000), np.sqrt(rng.random(4000))
            disc = bodies.disc[number] * radius[:, None]
            point[:, :2] += disc * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            ball = rng.normal(size=shape)
            point += bodies.ball[number] * ball / np.linalg.norm(ball, axis=1, keepdims=True)
            pose = bodies.pose[number]
            point = point @ pose[:3, :3].T + pose[:3, 3]
            own = spheres.body == number
            away = np.linalg.norm(point[:, None] - spheres.center[own], axis=2)
            assert np.all(np.any(away <= spheres.radius[own] + 1e-9, axis=1))


def test_levers_bound_how_fast_a_joint_closes_any_room(guarded):
    arm, space, _ = guarded
    step = 1e-6
    here = poses(arm, 100, seed=5)
    room = space.view(here).room
    for joint in range(arm.num_joints):
        moved = space.view(here + step * np.eye(arm.num_joints)[joint]).room
        assert np.all(np.abs(moved - room) / step <= space.levers[joint] + 1e-4)
    # the base turns about the vertical, and changes no height
    floor = [space.name_of(bound) == "floor" for bound in space.bound]
    assert np.all(space.levers[0, floor] == 0.0)


def test_parts_that_are_not_watched_keep_their_margin_in_every_pose(guarded):
    arm, space, truth = guarded
    watched = {
        frozenset(space.name_of(space.num_planes + number).split(" and "))
        for number in range(space.num_pairs)
    }
    rename = {"robotiq_85_base_link": "gripper", "world": arm.base_frame}
    left_out = []
    for a, b in truth.pairs:
        names = [truth.body(geom) for geom in (a, b)]
        names = ["fingers" if "finger" in name else rename.get(name, name) for name in names]
        if frozenset(names) not in watched:
            left_out.append((a, b))
    assert left_out
    nearest = np.inf
    for pose in poses(arm, 1000, seed=6):
        truth.move(pose, OPENING)
        nearest = min(nearest, *(truth.distance(*pair) for pair in left_out))
    assert nearest > arm_limits(arm).link_margin + 0.002


def test_home_is_inside_and_says_what_is_nearest(guarded):
    arm = guarded[0]
    space = GuardedSpace(arm, arm_limits(arm), replace(AROUND, payload=None))
    name, room = space.nearest(arm.home)
    assert room == pytest.approx(space.rooms(arm.home[None]).min())
    assert room > 0.0
    assert name


def test_fingers_come_down_to_the_table_and_the_gripper_does_not():
    arm = load_arm("ur5e", "robotiq_2f85")
    space = GuardedSpace(arm, arm_limits(arm))
    floor = {
        space.parts_of(number)[0]: number
        for number in reversed(bounds(space, lambda names: names == ["floor"]))
    }
    room = space.rooms(arm.home[None])[0]
    tool = arm.forward_kinematics(arm.home).position[2]
    # pointing down, the fingertips are 15 mm below the tool, the gripper's body 73 mm above it
    assert room[floor["fingers"]] == pytest.approx(tool - 0.015, abs=1e-4)
    assert room[floor["gripper"]] == pytest.approx(tool + 0.148 - 0.075 - 0.01, abs=1e-4)


def test_parts_that_overlap_at_home_are_refused():
    arm = load_arm("ur5e", "robotiq_2f85")
    huge = Surroundings(payload=Payload("sphere", (0.3,)))
    with pytest.raises(ValueError, match="payload.*at home"):
        GuardedSpace(arm, arm_limits(arm), huge)
