"""What is drawn of an episode, and what is left out."""

from __future__ import annotations

import numpy as np

from rl_manip_train.pictures.recording import PAUSE_AT_GOAL, Moment, without_waiting


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
