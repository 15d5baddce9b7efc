"""Frames of a recording: the last values before each, one episode for each goal."""

import numpy as np
import pytest

from rl_manip_gap.bags.bag_writing import (
    command_messages,
    joint_state_messages,
    pose_messages,
    write_bag,
)
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.report.export.lerobot_episodes import recorded_episodes
from rl_manip_gap.testing.synthetic_bag import nanoseconds, states_and_commands


def ramps(arm, count, period):
    """Times [s], and values (count, 6) that say by themselves which instant they are of."""
    time = period * np.arange(count)
    return time, arm.home + 0.01 * time[:, None]


def test_without_goals_everything_is_one_episode_at_the_rate_of_commands(arm, tmp_path):
    time, position = ramps(arm, 200, 0.01)
    sent = np.arange(0.5, 2.0, 0.04)
    bag = states_and_commands(
        tmp_path / "bag", arm, time, position, 0 * position, sent, np.ones((len(sent), 6))
    )
    found = recorded_episodes(read_recording(bag, arm), arm)
    assert (found.fps, found.task) == (25, "ur5e motion")
    assert set(found.names) == {"observation.state", "action"}
    (episode,) = found.episodes
    assert episode.length == 38  # from the first command, 0.5 s, to the last state, 1.99 s
    assert (episode.values["action"] == 1.0).all()
    assert episode.met is None


def test_an_object_is_seen_beside_the_goal_and_no_tool_is_judged(arm, tmp_path):
    time, position = ramps(arm, 200, 0.01)
    stamps, seen = nanoseconds(time), np.arange(0.7, 2.0, 0.1)
    place = np.column_stack([seen, 0 * seen, 0 * seen])
    bag = write_bag(
        tmp_path / "bag",
        [
            joint_state_messages(
                "/joint_states", stamps, stamps, arm.joint_names, position, 0 * position
            ),
            command_messages(arm.controller.command_topic, stamps, 0 * position),
            pose_messages("/object_pose", nanoseconds(seen), place),
            pose_messages("/goal_pose", nanoseconds(np.array([0.5])), np.array([[0.5, 0.1, 0.0]])),
        ],
    )
    recording = read_recording(bag, arm)
    found = recorded_episodes(recording, arm, fps=50, task="put it there")
    (episode,) = found.episodes
    assert found.task == "put it there"
    assert found.names["observation.environment_state"][7] == "object.x"
    assert episode.met is None
    x = episode.values["observation.environment_state"][:, 7]
    frames = 0.7 + np.arange(len(x)) / 50  # from the first picture on
    assert (x <= frames + 1e-6).all()
    assert (x > frames - 0.1 - 1e-6).all()


def test_a_pause_of_the_states_is_said(arm, tmp_path):
    time, position = ramps(arm, 300, 0.01)
    kept = (time < 1.0) | (time > 1.5)
    bag = states_and_commands(
        tmp_path / "bag", arm, time[kept], position[kept], 0 * position[kept], time, 0 * position
    )
    (episode,) = recorded_episodes(read_recording(bag, arm), arm).episodes
    assert episode.doubtful


@pytest.mark.parametrize("fps", [0, -5, 100_000])
def test_a_rate_out_of_bounds_is_refused(arm, tmp_path, fps):
    time, position = ramps(arm, 100, 0.01)
    bag = states_and_commands(
        tmp_path / "bag", arm, time, position, 0 * position, time, 0 * position
    )
    with pytest.raises(ValueError, match=f"--fps is {fps}, expected 1 to 1000"):
        recorded_episodes(read_recording(bag, arm), arm, fps=fps)


def test_a_bag_without_commands_is_refused(arm, tmp_path):
    time, position = ramps(arm, 100, 0.01)
    bag = states_and_commands(tmp_path / "bag", arm, time, position, 0 * position)
    with pytest.raises(BagError, match="holds no commands: record the topic"):
        recorded_episodes(read_recording(bag, arm), arm)


def test_goals_without_motion_are_refused(arm, tmp_path):
    time, position = ramps(arm, 100, 0.01)
    goals = (np.array([5.0]), np.array([[0.4, 0.1, 0.3]]))
    bag = states_and_commands(
        tmp_path / "bag", arm, time, position, 0 * position, time, 0 * position, goals=goals
    )
    with pytest.raises(BagError, match="no goal with motion"):
        recorded_episodes(read_recording(bag, arm), arm)
