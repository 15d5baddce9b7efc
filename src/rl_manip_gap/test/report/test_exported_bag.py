"""What is exported is read back by others: the official MCAP library, rosbags, Parquet."""

import numpy as np
import pytest
from mcap.reader import make_reader
from pyarrow import parquet
from rosbags.typesys import Stores, get_typestore

from rl_manip_gap.bags.bag_writing import (
    TopicMessages,
    command_messages,
    joint_state_messages,
    write_bag,
)
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.metrics.figures import tool_poses
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.report.export.gap_file import SIMULATED, write_gap_file
from rl_manip_gap.report.export.tidy_tables import ARM, DELAY_CORRECTED, write_tables
from rl_manip_gap.testing.synthetic_bag import nanoseconds, smooth_velocity

STORE = get_typestore(Stores.ROS2_JAZZY)


@pytest.fixture(scope="module")
def gap(tmp_path_factory, arm, twin):
    """6 s of an arm 40 ms late, and a topic of a type that nobody knows."""
    time = np.arange(0.0, 6.0, 0.01)
    velocity = smooth_velocity(0, 6)
    position = arm.home + np.cumsum(velocity(time - 0.04), axis=0) * 0.01
    stamps = nanoseconds(time)
    bag = write_bag(
        tmp_path_factory.mktemp("export") / "bag",
        [
            joint_state_messages(
                "/joint_states", stamps, stamps, arm.joint_names, position, velocity(time - 0.04)
            ),
            command_messages(arm.controller.command_topic, stamps, velocity(time)),
            TopicMessages("/odd", "odd_msgs/msg/Odd", stamps[:2], [b"\0\1\0\0a"] * 2, "char a"),
        ],
    )
    return measure_gap(read_recording(bag, arm), arm, twin)


@pytest.fixture(scope="module")
def messages(tmp_path_factory, arm, gap):
    """Times, schemas and content by topic, as the official library and rosbags read them."""
    path = tmp_path_factory.mktemp("written") / "gap.mcap"
    assert write_gap_file(path, gap, arm) == []
    found = {}
    with open(path, "rb") as file:
        for schema, channel, message in make_reader(file).iter_messages():
            assert (channel.message_encoding, schema.encoding) == ("cdr", "ros2msg")
            content = message.data
            if schema.name in STORE.types:
                content = STORE.deserialize_cdr(message.data, schema.name)
            found.setdefault(channel.topic, []).append((message.log_time, content))
    return found


def test_recorded_topics_are_there_unchanged(messages, gap, arm):
    positions = np.array([content.position for _, content in messages["/joint_states"]])
    assert np.array_equal(positions, gap.recording.states.position)
    assert len(messages[arm.controller.command_topic]) == 600
    assert messages["/odd"][0][1] == b"\0\1\0\0a"


def test_simulated_and_corrected_states_and_errors(messages, gap):
    for name, run, errors in (
        ("simulated", gap.replayed, gap.tool_errors),
        ("delay_corrected", gap.aligned, gap.tool_errors_aligned),
    ):
        times, states = zip(*messages[f"/gap/{name}/joint_states"])
        assert np.array_equal([state.position for state in states], run.position)
        apart = [content.position for _, content in messages[f"/gap/{name}/joint_error"]]
        assert np.allclose(apart, gap.recording.states.position[run.rows] - run.position)
        tool = [content.data for _, content in messages[f"/gap/{name}/tool_error_m"]]
        assert np.allclose(tool, errors.distance)
        since = (np.array(times) - gap.recording.start_ns) * 1e-9
        assert np.allclose(since, gap.recording.states.time[run.rows], atol=1e-8)


def test_both_arms_stand_where_their_joints_say(messages, gap, arm):
    ((_, described),) = messages["/robot_description"]
    assert "shoulder_pan_joint" in described.data
    last = {"": None, SIMULATED: None}
    for time, content in messages["/tf"]:
        prefix = SIMULATED if content.transforms[-1].child_frame_id.startswith(SIMULATED) else ""
        last[prefix] = (time, content.transforms)
    for prefix, positions in (
        ("", gap.recording.states.position[gap.replayed.rows]),
        (SIMULATED, gap.replayed.position),
    ):
        time, transforms = last[prefix]
        times = gap.recording.start_ns + gap.recording.states.time[gap.replayed.rows] * 1e9
        row = int(np.argmin(np.abs(times - time)))
        frames, _ = arm.chain.joint_frames(positions[row])
        assert transforms[-1].header.frame_id == prefix + arm.base_frame
        assert transforms[-1].child_frame_id == prefix + "wrist_3_link"
        where = transforms[-1].transform.translation
        assert np.allclose([where.x, where.y, where.z], frames[-1, :3, 3])
    ((_, static),) = messages["/tf_static"]
    pairs = {(one.header.frame_id, one.child_frame_id) for one in static.transforms}
    assert {("flange", "tool0"), (arm.base_frame, SIMULATED + arm.base_frame)} <= pairs


def test_tables_are_tidy(tmp_path, gap, arm):
    written = {path.stem: parquet.read_table(path) for path in write_tables(tmp_path, gap, arm)}
    assert set(written) == {"joints", "tool", "errors", "goals", "commands"}
    joints = written["joints"].to_pydict()
    mine = [s == ARM and j == "elbow_joint" for s, j in zip(joints["source"], joints["joint"])]
    elbow = np.array(joints["position_rad"])[mine]
    assert np.array_equal(
        elbow, gap.recording.states.position[:, arm.joint_names.index("elbow_joint")]
    )
    tool = written["tool"].to_pydict()
    rows = [source == DELAY_CORRECTED for source in tool["source"]]
    assert np.allclose(
        np.array(tool["x_m"])[rows], tool_poses(arm, gap.aligned.position).position[:, 0]
    )
    assert written["commands"].num_rows == 6 * 600
    assert written["goals"].num_rows == 0
