"""Efforts that are none, and a few that cannot be used."""

import numpy as np
import pytest

from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import states_and_commands

COUNT = 1000


@pytest.fixture
def recorded(arm, tmp_path):
    def record(effort):
        time = 0.002 * np.arange(COUNT)
        position = arm.home + 0.1 * np.sin(time)[:, None]
        bag = states_and_commands(
            tmp_path / "bag",
            arm,
            time,
            position,
            np.gradient(position, time, axis=0),
            effort=effort,
        )
        return read_recording(bag, arm)

    return record


def kinds(recording):
    return {one.kind: one.count for one in recording.irregularities}


def test_efforts_that_are_all_zero_are_none(arm, recorded):
    recording = recorded(np.zeros((COUNT, arm.num_joints)))
    assert recording.states.effort is None
    assert len(recording.states.time) == COUNT
    assert kinds(recording) == {"effort_missing": COUNT}


def test_one_joint_without_current_sensing_leaves_no_efforts(arm, recorded):
    effort = np.ones((COUNT, arm.num_joints))
    effort[:, 3] = 0.0
    assert recorded(effort).states.effort is None


def test_one_effort_that_is_no_number_costs_one_message(arm, recorded):
    effort = np.ones((COUNT, arm.num_joints))
    effort[500, 3] = np.nan
    recording = recorded(effort)
    assert recording.states.effort.shape == (COUNT - 1, arm.num_joints)
    assert np.isfinite(recording.states.effort).all()
    assert kinds(recording) == {"non_finite_efforts": 1}


def test_many_without_efforts_cost_the_efforts_and_no_message(arm, recorded):
    effort = np.ones((COUNT, arm.num_joints))
    effort[::4, 3] = np.nan
    recording = recorded(effort)
    assert recording.states.effort is None
    assert len(recording.states.time) == COUNT
    assert kinds(recording) == {"effort_missing": COUNT // 4}
