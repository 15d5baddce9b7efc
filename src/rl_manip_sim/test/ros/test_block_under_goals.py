"""The simulated arm's block: where a goal brings it, which goals it refuses, and what gives way."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped

from rl_manip_description import load_arm
from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene
from rl_manip_sim.ros import block_under_goals, gripper_and_object
from rl_manip_sim.ros.block_under_goals import BlockUnderGoals
from rl_manip_sim.ros.gripper_and_object import BLOCK_DISTANCE, ObjectOnTable
from rl_manip_sim.stand_in.hidden_object import ObjectChoice
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm


class Log:
    """Keeps what a node says."""

    def __init__(self):
        self.warnings, self.said = [], []
        self.warning, self.info = self.warnings.append, self.said.append


@pytest.fixture
def robot(monkeypatch):
    """The simulated arm with an object and a block, told of goals without ROS."""
    told = []
    for module in (block_under_goals, gripper_and_object):
        monkeypatch.setattr(
            module, "subscription", lambda node, topic, call: told.append(call), raising=False
        )
    for name in ("publisher", "serve"):
        monkeypatch.setattr(gripper_and_object, name, lambda *given: None)
    monkeypatch.setattr(gripper_and_object, "declare", lambda node, kind: ObjectChoice())
    arm = load_arm("ur5e", "robotiq_2f85")
    scene = Scene(OBJECT_SHAPES, support=True)
    sim = SimulatedArm(arm, draw_hidden_parameters(6, 1), 1, scene)
    log = Log()
    node = SimpleNamespace(get_logger=lambda: log)
    thing = ObjectOnTable(node, sim, arm, "left_", 1)
    BlockUnderGoals(node, sim, arm, "left_", 1, thing)
    (on_goal,) = told

    def goal(x, y, z, frame="left_base_link"):
        message = PoseStamped()
        message.header.frame_id = frame
        at = message.pose.position
        at.x, at.y, at.z = float(x), float(y), float(z)
        on_goal(message)

    return SimpleNamespace(sim=sim, thing=thing, log=log, goal=goal)


def run(sim, seconds):
    for _ in range(round(seconds / CYCLE)):
        sim.step()


def test_a_block_comes_under_each_goal_as_high_as_the_object_needs_it(robot):
    sim = robot.sim
    for x, y, z in ((0.5, 0.2, 0.09), (0.45, -0.3, 0.11)):
        robot.goal(x, y, z)
        assert sim.support.height == pytest.approx(z - sim.object.half_height)
        run(sim, 0.4)
        np.testing.assert_allclose(sim.support.position[:2], (x, y), atol=1e-3)
    assert not robot.log.warnings
    # what is put there by the goal's own words stands there
    sim.object.place(0.45, -0.3, 0.0)
    sim.object._data.qpos[sim.object._start + 2] = 0.11
    run(sim, 0.5)
    np.testing.assert_allclose(sim.object.pose[:3], (0.45, -0.3, 0.11), atol=2e-3)


def test_the_same_goal_again_leaves_the_block_as_it_is(robot):
    robot.goal(0.5, 0.2, 0.09)
    said = len(robot.log.said)
    run(robot.sim, 0.2)
    robot.goal(0.5, 0.2, 0.09)
    assert len(robot.log.said) == said
    robot.goal(0.5, 0.2, 0.10)
    assert len(robot.log.said) > said


def test_an_object_in_the_blocks_place_stands_elsewhere_then(robot):
    sim = robot.sim
    half_height, (x, y) = sim.object.half_height, sim.object.pose[:2]
    robot.goal(x + 0.05, y, 0.09)
    assert math.dist(sim.object.pose[:2], sim.support.position[:2]) >= BLOCK_DISTANCE
    assert sim.object.half_height == half_height  # or the goal's height would be another's
    assert "elsewhere" in robot.log.said[-1]


def test_an_object_held_over_the_blocks_place_stays(robot):
    sim = robot.sim
    x, y = sim.object.pose[:2]
    sim.object._data.qpos[sim.object._start + 2] = 0.3
    robot.goal(x, y, 0.09)
    np.testing.assert_allclose(sim.object.pose[:3], (x, y, 0.3))


def test_another_object_comes_beside_the_block_and_is_no_ball(robot):
    robot.goal(0.5, 0.0, 0.09)
    for _ in range(60):
        assert not robot.thing.place().startswith("sphere")
        apart = math.dist(robot.sim.object.pose[:2], robot.sim.support.position[:2])
        assert apart >= BLOCK_DISTANCE


@pytest.mark.parametrize(
    ("goal", "named"),
    [
        ((0.5, 0.0, 0.01), "not of -0.0"),
        ((0.5, 0.0, 0.9), "of 0.01 to 0.2 m"),
        ((math.nan, 0.0, 0.09), "nan"),
        ((0.5, 0.0, 0.09, "camera"), "'left_base_link'"),
    ],
)
def test_goals_that_no_block_goes_under_are_refused_in_a_sentence(robot, goal, named):
    before = robot.sim.support.position
    robot.goal(*goal)
    assert named in robot.log.warnings[-1]
    np.testing.assert_array_equal(robot.sim.support.position, before)
