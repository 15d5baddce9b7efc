"""What is drawn of an episode, and what is left out."""

from __future__ import annotations

import numpy as np
import torch

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.pictures import recording
from rl_manip_train.pictures.recording import (
    PAUSE_AT_GOAL,
    Moment,
    handled,
    record_episodes,
    without_waiting,
)
from rl_manip_train.tasks.insert import InsertCfg, InsertTask
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


def test_each_episode_of_a_hole_begins_anew_at_a_hole_of_its_own(monkeypatch):
    """The tool starts at most 12 cm beside the mouth."""

    def short(arm, count, rng):
        return InsertTask(arm, count, rng, InsertCfg(episode_s=0.2))

    monkeypatch.setattr(recording, "task_class", lambda name: short)

    def stay(environment):
        seen.append((environment.sim.hole_pose[0].clone(), float(environment.task.hole_clearance)))
        return (torch.zeros(1, 6),)

    seen = []
    noted = record_episodes(stay, load_arm("ur5e"), "insert", "mujoco", 3, 0, 0.0)
    for moment, (pose, clearance) in zip(noted[:4], seen[:4]):  # of the first episode
        np.testing.assert_array_equal(moment.hole.pose, pose)
        assert moment.hole.clearance == clearance
    first = [next(one for one in noted if one.episode == index) for index in range(3)]
    assert len({tuple(one.hole.pose) for one in first}) == 3
    assert len({one.hole.clearance for one in first}) == 3
    for one in first:
        aside = np.linalg.norm(one.tool_position[:2] - one.hole.pose[:2])
        assert aside < 0.125
