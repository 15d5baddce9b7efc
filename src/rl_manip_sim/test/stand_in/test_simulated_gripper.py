"""The stand-in robot's gripper, object and camera."""

import math

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene
from rl_manip_sim.stand_in.hidden_object import (
    HiddenCamera,
    HiddenObject,
    ObjectChoice,
    draw_camera,
    draw_object,
    draw_place,
)
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_sim.stand_in.simulated_gripper import Camera

HAND = load_arm("ur5e", "robotiq_2f85")
CUBE = HiddenObject("box", np.full(3, 0.025), 0.3, 0.8)
SPHERE = HiddenObject("sphere", np.full(3, 0.02), 0.1, 0.8)


@pytest.fixture
def sim():
    arm = SimulatedArm(HAND, draw_hidden_parameters(6, seed=3), seed=3, scene=Scene(OBJECT_SHAPES))
    arm.object.become(CUBE)
    return arm


def run(sim, seconds):
    return [sim.step() for _ in range(round(seconds / CYCLE))]


def test_knuckle_follows_its_command_at_the_gripper_s_speed_and_holds_it(sim):
    assert sim.gripper.joint_state[0] == pytest.approx(0.0, abs=1e-3)
    assert sim.gripper.command([0.4])
    run(sim, 0.15)
    # 0.15 m/s of 85 mm over 0.8 rad is 1.41 rad/s
    assert 0.1 < sim.gripper.joint_state[0] < 0.25
    assert sim.gripper.joint_state[1] == pytest.approx(1.41, rel=0.15)
    run(sim, 2.0)
    position, velocity = sim.gripper.joint_state
    assert position == pytest.approx(0.4, abs=5e-3)
    assert abs(velocity) < 1e-3
    assert sim.gripper.opening == pytest.approx(0.0425, abs=5e-4)


@pytest.mark.parametrize("command", [[], [0.1, 0.2], [math.nan], [math.inf]])
def test_gripper_command_that_is_no_position_is_dropped_and_the_last_one_held(sim, command):
    sim.gripper.command([0.4])
    assert not sim.gripper.command(command)
    run(sim, 1.5)
    assert sim.gripper.joint_state[0] == pytest.approx(0.4, abs=5e-3)


def test_object_lies_still_where_it_is_put_and_is_what_it_became(sim):
    for hidden, height in ((CUBE, 0.025), (SPHERE, 0.02)):
        sim.object.become(hidden)
        sim.object.place(0.4, -0.2, 0.3)
        run(sim, 1.0)
        x, y, z = sim.object.pose[:3]
        assert (x, y) == (pytest.approx(0.4, abs=2e-3), pytest.approx(-0.2, abs=2e-3))
        assert z == pytest.approx(height, abs=1e-3)


def test_arm_is_the_same_with_and_without_a_hand(sim):
    sim.command([0.3, -0.2, 0.2, 0.4, -0.4, 0.5])
    run(sim, 0.5)
    np.testing.assert_allclose(sim.true_velocity, [0.3, -0.2, 0.2, 0.4, -0.4, 0.5], atol=0.05)
    assert len(sim.step().effort) == 6
    sim.pause()
    run(sim, 0.3)
    assert sim.is_at_rest


def test_protective_stop_leaves_the_gripper_its_own(sim):
    sim.pause()
    assert sim.gripper.command([0.8])
    run(sim, 1.5)
    assert sim.gripper.opening < 0.003


def test_same_seed_draws_the_same_objects_and_shapes_are_what_they_say():
    one, same = (np.random.default_rng(5) for _ in range(2))
    drawn = [draw_object(one) for _ in range(60)]
    for hidden in drawn:
        again = draw_object(same)
        assert hidden.shape == again.shape
        np.testing.assert_array_equal(hidden.half_extent, again.half_extent)
        x, y, z = hidden.half_extent
        assert hidden.shape == "box" or x == y
        assert hidden.shape != "sphere" or x == z
        assert 2.0 * max(x, y, z) < HAND.gripper.max_opening
    assert {hidden.shape for hidden in drawn} == set(OBJECT_SHAPES)


def test_what_is_chosen_is_not_drawn():
    choice = ObjectChoice("cylinder", 0.02, 0.3, 0.9, 0.05, 0.0)
    rng = np.random.default_rng(0)
    hidden = draw_object(rng, choice)
    assert (hidden.shape, hidden.mass, hidden.friction) == ("cylinder", 0.3, 0.9)
    np.testing.assert_array_equal(hidden.half_extent, 0.02)
    assert draw_camera(rng, choice).latency == 0.05
    np.testing.assert_array_equal(draw_camera(rng, choice).position_offset, 0.0)


@pytest.mark.parametrize(
    "given",
    [
        {"object_shape": "cone"},
        {"object_mass": math.nan},
        {"object_mass": 0.0},
        {"object_half_extent": 1.0},
        {"object_latency": 2.0},
    ],
)
def test_choice_that_cannot_be_is_refused_by_name(given):
    with pytest.raises(ValueError, match=next(iter(given))):
        ObjectChoice(**given)


def test_places_are_in_the_ring_before_the_base():
    rng = np.random.default_rng(0)
    places = np.array([draw_place(rng, (0.3, 0.6), 1.0) for _ in range(500)])
    radius = np.hypot(*places[:, :2].T)
    assert 0.3 <= radius.min() < 0.32
    assert 0.58 < radius.max() <= 0.6
    assert np.abs(np.arctan2(places[:, 1], places[:, 0])).max() <= 1.0


def pictures(hidden, path, seconds=4.0):
    """(k, 2) times and (k, 7) poses that a camera says of an object on `path(time)`."""
    camera = Camera(hidden, 30.0, np.random.default_rng(0))
    now = np.arange(0.0, seconds, CYCLE)
    said = [(time, camera.look(path(time), time)) for time in now]
    said = [(time, pose) for time, pose in said if pose is not None]
    return np.array([time for time, _ in said]), np.array([pose for _, pose in said])


def test_camera_speaks_at_its_rate_and_late():
    hidden = HiddenCamera(0.05, 0.0, 0.0, np.zeros(3))
    moving = np.array([0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    start = np.array([0.4, 0.0, 0.03, 0.0, 0.0, 0.0, 1.0])
    times, poses = pictures(hidden, lambda t: start + t * moving)
    assert len(times) == pytest.approx(30.0 * (4.0 - 0.05), abs=2)
    assert np.diff(times).mean() == pytest.approx(1.0 / 30.0, abs=1e-4)
    # 0.1 m/s and 0.05 s late
    np.testing.assert_allclose(poses[:, 0], 0.4 + 0.1 * (times - 0.05), atol=0.1 * CYCLE + 1e-9)


def test_camera_errs_as_it_says():
    hidden = HiddenCamera(0.0, 2e-3, 0.02, np.array([5e-3, 0.0, 0.0]))
    pose = np.array([0.4, 0.0, 0.03, 0.0, 0.6, 0.0, 0.8])
    _, poses = pictures(hidden, lambda t: pose, seconds=30.0)
    error = poses[:, :3] - pose[:3]
    np.testing.assert_allclose(error.mean(axis=0), [5e-3, 0.0, 0.0], atol=4e-4)
    np.testing.assert_allclose(error.std(axis=0), 2e-3, rtol=0.15)
    np.testing.assert_allclose(np.linalg.norm(poses[:, 3:], axis=1), 1.0)
    # small turns about three axes, 0.02 rad each
    angle = 2.0 * np.arccos(np.clip(poses[:, 3:] @ pose[3:], -1.0, 1.0))
    assert np.sqrt(np.mean(angle**2)) == pytest.approx(0.02 * math.sqrt(3.0), rel=0.15)
