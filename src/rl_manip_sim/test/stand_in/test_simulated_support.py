"""The stand-in robot's block: it carries an object, can be pushed, and is what it became."""

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_sim.models.scene import Scene, SceneError
from rl_manip_sim.stand_in.hidden_object import HiddenObject, draw_object
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_sim.stand_in.simulated_support import HiddenSupport, draw_support

SCENE = Scene(("box", "cylinder"), support=True)
CUBE = HiddenObject("box", np.full(3, 0.025), 0.3, 0.8)
BLOCK = HiddenSupport(half_width=0.04, mass=0.5)


@pytest.fixture
def sim():
    hand = load_arm("ur5e", "robotiq_2f85")
    arm = SimulatedArm(hand, draw_hidden_parameters(6, seed=3), seed=3, scene=SCENE)
    arm.object.become(CUBE)
    arm.support.become(BLOCK, 0.08)
    return arm


def run(sim, seconds):
    for _ in range(round(seconds / CYCLE)):
        sim.step()


def put_on(sim, x, y, above=0.005):
    """The object over (x, y) [m], that much above the block [m]."""
    sim.object.place(x, y, 0.0)
    sim.object._data.qpos[sim.object._start + 2] += sim.support.height + above


def test_an_object_comes_to_rest_on_the_block(sim):
    sim.support.place(0.4, -0.2, 0.3)
    put_on(sim, 0.4, -0.2)
    run(sim, 1.0)
    assert sim.support.height == pytest.approx(0.08)
    np.testing.assert_allclose(sim.object.pose[:3], (0.4, -0.2, 0.08 + 0.025), atol=1e-3)
    np.testing.assert_allclose(sim.support.position, (0.4, -0.2, 0.04), atol=1e-3)


def test_the_block_is_as_wide_as_it_is_said_to_be(sim):
    sim.support.place(0.4, -0.2, 0.0)
    put_on(sim, 0.4 + BLOCK.half_width + 0.01, -0.2)  # its middle is beyond the edge
    run(sim, 1.5)
    assert sim.object.pose[2] < 0.05


def test_what_leans_on_it_moves_it(sim):
    sim.support.place(0.4, -0.2, 0.0)
    sim.object.place(0.4 + BLOCK.half_width + 0.02, -0.2, 0.0)  # 5 mm inside of it
    run(sim, 1.0)
    assert abs(sim.support.position[0] - 0.4) > 1e-3


def test_blocks_are_drawn_within_what_policies_train_with():
    rng = np.random.default_rng(0)
    drawn = [draw_support(rng) for _ in range(100)]
    assert all(0.03 <= block.half_width <= 0.045 and 0.2 <= block.mass <= 0.8 for block in drawn)
    assert len({block.mass for block in drawn}) == 100
    assert {draw_object(rng, shapes=("box", "cylinder")).shape for _ in range(40)} == {
        "box",
        "cylinder",
    }


def test_a_support_needs_an_object():
    with pytest.raises(SceneError, match="there is a support, expected an object"):
        Scene(support=True)
