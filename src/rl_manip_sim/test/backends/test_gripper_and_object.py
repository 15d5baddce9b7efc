"""Gripper and object of the mujoco backend: contacts that hold, and what counts as a collision."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.backends import make_sim
from rl_manip_sim.backends.torch_kinematics import rotated
from rl_manip_sim.batch_sim import SimCfgError
from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene, SceneError
from rl_manip_sim.randomization.randomization_cfg import PRESETS

SCENE = Scene(OBJECT_SHAPES)
COUNT = 3  # one of each shape


@pytest.fixture(scope="module")
def gripping_arm():
    return load_arm("ur5e", gripper="robotiq_2f85")


def everyone(sim):
    return torch.arange(sim.num_envs)


def with_objects(arm, physics_dt=0.005, half=(0.025, 0.025, 0.03), mass=0.5, friction=0.5):
    """Box, cylinder and sphere of 0.5 kg on the table in front of an arm at home."""
    sim = make_sim("mujoco", arm, COUNT, 0.04, physics_dt, 1, SCENE)
    sample, _ = PRESETS["none"].draw(COUNT, 6, sim.num_links, torch.Generator(), SCENE)
    size = torch.tensor([half] * COUNT)
    size[2] = half[0]
    sim.randomize(
        everyone(sim),
        sample._replace(
            object_shape=torch.arange(COUNT),
            object_size=size,
            object_mass=torch.full((COUNT,), mass),
            object_friction=torch.full((COUNT,), friction),
        ),
    )
    home = torch.tensor(np.array(arm.home), dtype=torch.float32).repeat(COUNT, 1)
    pose = torch.tensor([0.5, 0.1, 0.0, 0.0, 0.0, 0.0, 1.0]).repeat(COUNT, 1)
    pose[:, 2] = size[:, 2]
    sim.reset(everyone(sim), home, None, pose)
    return sim, home, size


def gripped(arm, **kwargs):
    """The same, held in the air: the fingers have closed on it."""
    sim, home, size = with_objects(arm, **kwargs)
    pose = sim.tool_pose.clone()
    sim.reset(everyone(sim), home, 2.0 * size[:, 0] + 0.004, pose)
    for _ in range(10):
        sim.step(torch.zeros(COUNT, 6), torch.zeros(COUNT))
    return sim


def seen_from_the_tool(sim):
    offset = sim.object_pose[:, :3] - sim.tool_pose[:, :3]
    back = sim.tool_pose[:, 3:] * torch.tensor([-1.0, -1.0, -1.0, 1.0])
    return rotated(back, offset)


def test_a_gripped_object_neither_slides_nor_jitters_while_it_is_shaken(gripping_arm):
    sim = gripped(gripping_arm)
    start = seen_from_the_tool(sim)
    rng = np.random.default_rng(0)
    rate, phase = rng.uniform(12.0, 20.0, (COUNT, 6)), rng.uniform(0.0, 6.3, (COUNT, 6))
    places = []
    for step in range(50):  # 2 s; half the acceleration that the guard allows, on every joint
        velocity = 5.0 / rate * np.sin(rate * 0.04 * step + phase) * min(1.0, step / 10.0)
        sim.step(torch.from_numpy(velocity).float(), torch.zeros(COUNT))
        places.append(seen_from_the_tool(sim))
        assert (sim.grip_force > 30.0).all()
    # rigid contact would be 0; what there is comes from the turning of the arm, evenly
    assert (places[-1] - start).norm(dim=1).max() < 2.5e-3
    steps = torch.stack(places).diff(dim=0).norm(dim=2)
    assert steps.max() < 0.4e-3
    for _ in range(10):
        sim.step(torch.zeros(COUNT, 6), torch.zeros(COUNT))
    assert sim.object_velocity[:, :3].norm(dim=1).max() < 2e-3


def test_a_heavy_object_hangs_still(gripping_arm):
    sim = gripped(gripping_arm)
    before = seen_from_the_tool(sim)
    for _ in range(25):
        sim.step(torch.zeros(COUNT, 6), torch.zeros(COUNT))
    assert (seen_from_the_tool(sim) - before).norm(dim=1).max() < 5e-4
    # each finger presses with what the gripper is set to, 40 N, and carries half of 4.9 N
    torch.testing.assert_close(sim.grip_force, torch.full((COUNT,), 40.1), atol=1.0, rtol=0.0)


def test_what_is_too_slippery_for_its_weight_falls(gripping_arm):
    # two contacts of at most 0.05 * 40 N hold 4 N, less than 4.9 N
    sim = gripped(gripping_arm, friction=0.05)
    for _ in range(25):
        sim.step(torch.zeros(COUNT, 6), torch.zeros(COUNT))
    assert (sim.object_pose[:, 2] < 0.2).all()


def test_openings_are_reached_at_the_closing_speed(gripping_arm):
    sim, _, _ = with_objects(gripping_arm)
    assert sim.gripper_opening.tolist() == pytest.approx([0.085] * 3)
    wanted = torch.tensor([0.0, 0.05, 0.085])
    sim.step(torch.zeros(COUNT, 6), wanted)
    sim.step(torch.zeros(COUNT, 6), wanted)
    # 0.15 m/s for 0.08 s are 12 mm, less what it takes to get going
    assert 0.073 < float(sim.gripper_opening[0]) < 0.078
    for _ in range(20):
        sim.step(torch.zeros(COUNT, 6), wanted)
    torch.testing.assert_close(sim.gripper_opening, wanted, atol=5e-4, rtol=0.0)
    assert sim.grip_force.tolist() == [0.0] * 3


def test_objects_rest_on_the_table_and_that_is_no_collision(gripping_arm):
    sim, _, size = with_objects(gripping_arm)
    for _ in range(25):
        sim.step(torch.zeros(COUNT, 6))
    torch.testing.assert_close(sim.object_pose[:, 2], size[:, 2], atol=5e-4, rtol=0.0)
    assert sim.object_velocity.abs().max() < 1e-3
    assert not sim.collision.any()


def test_fingers_on_the_table_are_no_collision_and_the_hand_is(gripping_arm):
    sim, home, _ = with_objects(gripping_arm)
    lowered = home.clone()
    for _ in range(200):  # straight down: tool at 34 cm, fingertips and hand below the table's top
        down = np.zeros((COUNT, 6, 1))
        pose = gripping_arm.forward_kinematics(lowered.double().numpy()).position
        down[:, 2, 0] = np.array([0.3, 0.01, -0.075]) - pose[:, 2]
        jacobian = gripping_arm.jacobian(lowered.double().numpy())
        step = np.linalg.solve(
            jacobian.swapaxes(1, 2) @ jacobian + 1e-4 * np.eye(6),
            jacobian.swapaxes(1, 2) @ (0.1 * down),
        )
        lowered += torch.from_numpy(step[..., 0]).float()
    away = sim.object_pose.clone()
    away[:, 1] -= 0.4
    sim.reset(everyone(sim), lowered, None, away)
    torch.testing.assert_close(
        sim.tool_pose[:, 2], torch.tensor([0.3, 0.01, -0.075]), atol=2e-3, rtol=0.0
    )
    assert sim.collision.tolist() == [False, False, True]


def test_reset_without_a_pose_leaves_objects_where_they_are(gripping_arm):
    sim, home, _ = with_objects(gripping_arm)
    before = sim.object_pose.clone()
    sim.reset(torch.tensor([1]), home[:1], torch.tensor([0.03]))
    assert torch.equal(sim.object_pose, before)
    assert sim.gripper_opening.tolist() == pytest.approx([0.085, 0.03, 0.085])


def test_an_object_needs_a_gripper_and_a_pose_an_object(arm, gripping_arm):
    with pytest.raises(SceneError, match="ur5e carries no gripper"):
        make_sim("mujoco", arm, 1, 0.04, 0.01, 1, SCENE)
    sim = make_sim("mujoco", gripping_arm, 1, 0.04, 0.01, 1)
    with pytest.raises(SimCfgError, match="the scene has no object"):
        sim.reset(torch.tensor([0]), torch.zeros(1, 6), None, torch.zeros(1, 7))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"object_shapes": ("box", "torus")}, "expected some of box, cylinder, sphere"),
        ({"object_shapes": ("box", "box")}, "each at most once"),
        ({"object_mass": float("nan")}, "object_mass is nan"),
    ],
)
def test_scenes_that_cannot_be(values, message):
    with pytest.raises(SceneError, match=message):
        Scene(**values)
