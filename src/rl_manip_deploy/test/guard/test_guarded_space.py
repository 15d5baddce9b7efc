"""Guarded points: heights against points sampled all over the cylinders, and their levers."""

import numpy as np
import pytest

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.guarded_space import GuardedSpace
from rl_manip_description import known_arms, load_arm
from rl_manip_description.kinematics.link_shapes import read_cylinders

POSES = np.random.default_rng(0).uniform(-np.pi, np.pi, (300, 6))


@pytest.fixture(scope="module", params=known_arms())
def guarded(request):
    arm = load_arm(request.param)
    return arm, GuardedSpace(arm, arm_limits(arm))


def surface_heights(arm, poses):
    """Heights (poses, points) [m] of points on the surfaces of all links but the first."""
    frames, _ = arm.chain.joint_frames(poses)
    heights = []
    for link, (start, end), radius in zip(*read_cylinders(arm.urdf_path, arm.joint_names)):
        if link == 0:
            continue
        axis = (end - start) / np.linalg.norm(end - start)
        side = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
        side = side / np.linalg.norm(side)
        for share in np.linspace(0.0, 1.0, 5):
            for angle in np.linspace(0.0, 2.0 * np.pi, 90, endpoint=False):
                round_axis = np.cos(angle) * side + np.sin(angle) * np.cross(axis, side)
                point = start + share * (end - start) + radius * round_axis
                heights.append(frames[:, link, 2, :3] @ point + frames[:, link, 2, 3])
    return np.array(heights).T


def test_lowest_height_is_that_of_the_surface(guarded):
    arm, space = guarded
    sampled = surface_heights(arm, POSES).min(axis=1)
    lowest = space.coordinates(POSES)[:, 3:].min(axis=1)
    assert np.all(lowest <= sampled + 1e-9)
    # 4 degrees between two points of a rim: r (1 - cos 2 deg) < 0.1 mm
    np.testing.assert_allclose(lowest, sampled, atol=1e-4)


def test_tool_comes_first(guarded):
    arm, space = guarded
    tool = arm.forward_kinematics(POSES).position
    np.testing.assert_allclose(space.coordinates(POSES)[:, :3], tool, atol=1e-12)


def test_levers_bound_how_far_a_joint_moves_any_point(guarded):
    arm, space = guarded
    step = 1e-6
    for joint in range(arm.num_joints):
        moved = space.coordinates(POSES + step * np.eye(6)[joint]) - space.coordinates(POSES)
        assert np.all(np.abs(moved) / step <= space.levers[joint] + 1e-4)
    # the base turns about the vertical, and no link is moved by the joints after it
    assert np.all(space.levers[0, 2:] == 0.0)
    assert np.all(space.levers[-1, 3:7] == 0.0)


def test_home_is_inside(guarded):
    arm, space = guarded
    place = space.coordinates(arm.home)
    assert np.all((place > space.lower) & (place < space.upper))
