"""Peg and hole of the mujoco backend: what fits, what is felt, and what counts as a collision."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.backends import make_sim
from rl_manip_sim.batch_sim import SimCfgError
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, HOLE_WIDTH, PEG_LENGTH
from rl_manip_sim.models.scene import HOLE_SHAPES, Scene, SceneError
from rl_manip_sim.randomization.randomization_cfg import PRESETS

SCENE = Scene(hole_shapes=HOLE_SHAPES)
SPEED = 0.01  # of the peg, downwards [m/s]


@pytest.fixture(scope="module")
def arm():
    return load_arm("ur5e")


def over_holes(arm, aside, height=0.002, clearance=1e-3, shape=0, angle=0.0, physics_dt=0.008):
    """Simulations of pegs at home, each with its hole's mouth so far below and to the side [m]."""
    count = len(aside)
    sim = make_sim("mujoco", arm, count, 0.04, physics_dt, 1, SCENE)
    sample, _ = PRESETS["none"].draw(count, 6, sim.num_links, torch.Generator(), SCENE)
    sim.randomize(
        torch.arange(count),
        sample._replace(
            hole_clearance=torch.full((count,), clearance),
            hole_shape=torch.full((count,), shape, dtype=torch.int64),
        ),
    )
    home = torch.tensor(np.array(arm.home), dtype=torch.float32).repeat(count, 1)
    sim.reset(torch.arange(count), home)
    hole = torch.zeros(count, 7)
    below = [[x, 0.0, -PEG_LENGTH - height] for x in aside]
    hole[:, :3] = sim.tool_pose[:, :3] + torch.tensor(below)
    hole[:, 5], hole[:, 6] = np.sin(angle / 2.0), np.cos(angle / 2.0)
    sim.reset(torch.arange(count), home, hole_pose=hole)
    return sim


def lowered(arm, sim, duration, speed=SPEED):
    """Move every peg down; the depth of its tip below the mouth (count,) [m]."""
    for _ in range(round(duration / sim.control_dt)):
        jacobian = arm.jacobian(sim.joint_position.double().numpy())
        twist = np.array([0.0, 0.0, -speed, 0.0, 0.0, 0.0])
        command = np.linalg.solve(jacobian, np.tile(twist[:, None], (sim.num_envs, 1, 1)))
        sim.step(torch.tensor(command[..., 0], dtype=torch.float32))
    return sim.hole_pose[:, 2] - sim.tool_pose[:, 2] + PEG_LENGTH


@pytest.mark.parametrize("physics_dt", [0.004, 0.008])
@pytest.mark.parametrize("clearance", [2e-3, 1e-3, 5e-4])
@pytest.mark.parametrize("shape", range(len(HOLE_SHAPES)))
def test_a_peg_goes_in_only_where_its_hole_is(arm, shape, clearance, physics_dt):
    """Half of the clearance is play: within that it fits, 1.5 mm beyond it stands on the edge."""
    aside = [0.25 * clearance, 0.5 * clearance + 1.5e-3]
    sim = over_holes(arm, aside, 0.002, clearance, shape, 0.0, physics_dt)
    inside, outside = lowered(arm, sim, 0.5)
    assert inside == pytest.approx(0.5 * SPEED - 0.002, abs=1e-3)  # the servos lag
    assert outside < 1e-3


def test_a_square_peg_does_not_go_in_turned(arm):
    """Turned by 0.2 rad its corners stand out by w (cos + sin - 1) / 2 = 2.7 mm, in half a mm."""
    square = HOLE_SHAPES.index("square")
    assert lowered(arm, over_holes(arm, [0.0], shape=square, angle=0.2), 0.5)[0] < 1e-3
    assert lowered(arm, over_holes(arm, [0.0], shape=square, angle=0.0), 0.5)[0] > 2e-3
    assert lowered(arm, over_holes(arm, [0.0], shape=0, angle=0.2), 0.5)[0] > 2e-3


def test_the_hole_has_a_bottom(arm):
    sim = over_holes(arm, [0.0], height=-0.028)
    assert lowered(arm, sim, 0.6, 0.005)[0] == pytest.approx(HOLE_DEPTH, abs=5e-4)
    assert sim.wrench[0, 2] < -5.0


def test_the_wrench_is_what_the_block_does_to_the_tool(arm):
    """Pressed down, the peg is pushed up: against the tool's z axis, which points down.

    On the edge of the hole the force is where the face is left: a torque about the tip, turned
    from the hole away.
    """
    free = over_holes(arm, [0.0], height=0.03)
    lowered(arm, free, 0.4)
    assert free.wrench.abs().max() < 1e-3
    sim = over_holes(arm, [0.008, -0.008], height=0.0005)
    lowered(arm, sim, 0.12)
    force, torque = sim.wrench[:, :3], sim.wrench[:, 3:]
    assert torch.all(force[:, 2] < -2.0)
    assert torch.all(force[:, 2] > -60.0)
    about_tip = torque[:, 1] - PEG_LENGTH * force[:, 0], torque[:, 0] + PEG_LENGTH * force[:, 1]
    x, y, z, w = sim.tool_pose[0, 3:].tolist()
    along = np.array([1 - 2 * (y * y + z * z), 2 * (x * y - z * w)])  # base x in the tool's x, y
    # r x F with F = (0, 0, -f), r towards the face: on the hole's far side from where it lies
    lever = torch.stack((about_tip[0], -about_tip[1]), dim=1) / -force[:, 2:]
    towards = lever @ torch.tensor(along, dtype=torch.float32)
    assert towards[0] * towards[1] < 0.0
    assert towards.abs().min() > 5e-4
    assert towards.abs().max() < HOLE_WIDTH / 2.0
    assert towards[0] < 0.0  # its hole lies ahead along base x


def test_contact_of_peg_and_block_is_no_collision_but_that_of_peg_and_table_is(arm):
    sim = over_holes(arm, [0.02], height=0.0)
    lowered(arm, sim, 0.2)
    assert sim.wrench[0, :3].norm() > 5.0
    assert not sim.collision[0]
    low = torch.tensor([[0.0, -0.9, 2.05, -2.72, -1.5708, 0.0]])
    hole = torch.tensor([[0.0, 0.5, 0.2, 0.0, 0.0, 0.0, 1.0]])
    sim.reset(torch.tensor([0]), low, hole_pose=hole)
    tip = sim.tool_pose[0, 2] - PEG_LENGTH
    assert bool(sim.collision[0]) is bool(tip < 0.0) is True


def test_an_arms_link_in_the_block_is_a_collision(arm):
    sim = over_holes(arm, [0.0], height=0.03)
    home = torch.tensor(np.array(arm.home), dtype=torch.float32)[None]
    hole = torch.tensor([[0.2, 0.0, 0.6, 0.0, 0.0, 0.0, 1.0]])  # in the forearm
    sim.reset(torch.tensor([0]), home, hole_pose=hole)
    assert sim.collision[0]
    assert sim.wrench.abs().max() == 0.0


def test_a_state_is_taken_up_again_bit_for_bit(arm):
    sims = [over_holes(arm, [0.001, 0.008], height=0.0005) for _ in range(2)]
    lowered(arm, sims[0], 0.2)
    sims[1].load_state_dict(sims[0].state_dict())
    for sim in sims:
        lowered(arm, sim, 0.2)
    assert torch.equal(sims[0].wrench, sims[1].wrench)
    assert torch.equal(sims[0].tool_pose, sims[1].tool_pose)


def test_what_cannot_be_simulated_is_refused_in_a_sentence(arm):
    with pytest.raises(SceneError, match="expected no gripper"):
        make_sim("mujoco", load_arm("ur5e", "robotiq_2f85"), 1, 0.04, 0.008, 1, SCENE)
    with pytest.raises(SceneError, match="expected some of round, square"):
        Scene(hole_shapes=("oval",))
    with pytest.raises(SceneError, match="one of both"):
        Scene(("box",), hole_shapes=("round",))
    sim = make_sim("mujoco", arm, 1, 0.04, 0.008, 1)
    with pytest.raises(SimCfgError, match="no hole"):
        sim.reset(torch.arange(1), torch.zeros(1, 6), hole_pose=torch.zeros(1, 7))
    warp = pytest.importorskip("rl_manip_sim.backends.mujoco.mujoco_warp_batch")
    with pytest.raises(SceneError, match="mujoco_warp does not simulate holes"):
        warp.MujocoWarpBatchSim(arm, 1, 0.04, 0.008, SCENE, "cpu")
