"""What is drawn of an episode, and what is left out."""

from __future__ import annotations

import numpy as np

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.pictures.recording import PAUSE_AT_GOAL, Moment, handled, without_waiting
from rl_manip_train.tasks.stack import StackTask


def moments(*episodes):
    """Moments of episodes given as strings, '.' away from the goal and 'o' at it."""
    nothing = np.zeros(3)
    return [
        Moment(np.array([step]), nothing, nothing, episode, mark == "o")
        for episode, marks in enumerate(episodes)
        for step, mark in enumerate(marks)
    ]


def shown(kept, episode):
    return [int(moment.joint_position[0]) for moment in kept if moment.episode == episode]


def test_waiting_at_the_goal_is_cut_short_and_nothing_else():
    pause = PAUSE_AT_GOAL / 2  # two moments of it
    kept = without_waiting(moments("..oooooo", ".o.ooooo", "........", "oooo"), pause)
    assert shown(kept, 0) == [0, 1, 2, 3]
    assert shown(kept, 1) == [0, 1, 2, 3, 4]  # passing the goal by is not arriving
    assert shown(kept, 2) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert shown(kept, 3) == [0, 1]


def test_object_and_support_are_noted_as_they_are():
    arm = load_arm("ur5e", "robotiq_2f85")
    task = StackTask(arm, 2, np.random.default_rng(0))
    ranges = PRESETS["default"]
    environment = Environment(task, arm, "mujoco", 2, 0.0, ranges, 0, num_threads=1)
    noted = handled(environment, 1)
    np.testing.assert_array_equal(noted.support_pose, environment.sim.support_pose[1])
    # it stands on the table
    np.testing.assert_allclose(noted.support_size[2], noted.support_pose[2], atol=1e-6)
    assert noted.support_size[0] == noted.support_size[1] > 0.03
    before = noted.object_pose.copy()
    environment.step(task.guide(environment.sim))
    np.testing.assert_array_equal(noted.object_pose, before)
