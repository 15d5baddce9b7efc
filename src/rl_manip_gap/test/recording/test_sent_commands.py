"""Commands of every form become the velocities that they ask for, at the time they were sent."""

import numpy as np
import pytest
from mcap.writer import Writer
from rosbags.typesys import Stores, get_typestore

from rl_manip_gap.bags.bag_writing import (
    TopicMessages,
    command_messages,
    joint_state_messages,
    write_bag,
)
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.sent_commands import velocities_between
from rl_manip_gap.recording.topic_choice import TopicChoice
from rl_manip_gap.testing.synthetic_bag import START_NS, nanoseconds

STORE = get_typestore(Stores.ROS2_JAZZY)
T = STORE.types
JOINT_TRAJECTORY = "trajectory_msgs/msg/JointTrajectory"
TIME = np.arange(0.0, 2.0, 0.01)


def course(time):
    """Position (k, 6) [rad]; its slope at 0 is zero."""
    return np.outer(0.3 * time**2, np.arange(1.0, 7.0))


def slope(time):
    return np.outer(0.6 * time, np.arange(1.0, 7.0))


def states(arm, offset=0.0):
    stamps = nanoseconds(TIME)
    position = offset + course(TIME)
    return joint_state_messages(
        "/joint_states", stamps, stamps, arm.joint_names, position, slope(TIME)
    )


def trajectory(names, points):
    """Points: (time from start [s], positions, velocities or ())."""
    stamp = T["builtin_interfaces/msg/Time"](sec=0, nanosec=0)
    message = T[JOINT_TRAJECTORY](
        header=T["std_msgs/msg/Header"](stamp=stamp, frame_id=""),
        joint_names=list(names),
        points=[
            T["trajectory_msgs/msg/JointTrajectoryPoint"](
                positions=np.ascontiguousarray(position, float),
                velocities=np.ascontiguousarray(velocity, float),
                accelerations=np.empty(0),
                effort=np.empty(0),
                time_from_start=T["builtin_interfaces/msg/Duration"](
                    sec=int(after), nanosec=round((after % 1) * 1e9)
                ),
            )
            for after, position, velocity in points
        ],
    )
    return bytes(STORE.serialize_cdr(message, JOINT_TRAJECTORY))


def travelled(commands, time):
    """Integral (k, n) of the staircase of commands up to times (k,) [rad]."""
    edges = np.append(commands.time, 1e3)
    area = np.cumsum(commands.velocity * np.diff(edges)[:, None], axis=0)
    area = np.vstack([np.zeros(commands.velocity.shape[1]), area])
    return np.column_stack([np.interp(time, edges, column) for column in area.T])


@pytest.mark.parametrize("topic", ["/forward_position_controller/commands", "/jogging/go"])
def test_positions_are_read_as_the_velocities_between_them(tmp_path, arm, topic):
    """By the topic's name, or because the arm is where they say; in the controller's order."""
    sent_at = TIME[::2]
    order = [arm.joint_names.index(name) for name in arm.controller.joint_names]
    sent = command_messages(topic, nanoseconds(sent_at), 1.0 + course(sent_at)[:, order])
    bag = write_bag(tmp_path / "bag", [states(arm, 1.0), sent])
    recording = read_recording(bag, arm, TopicChoice(commands=topic))
    first = recording.commands.time[0]
    # the position sent at 0.02 k is where the velocities have led by 0.02 (k + 1)
    reached = travelled(recording.commands, first + sent_at[:-1])
    assert np.allclose(reached, course(sent_at)[:-1], atol=1e-9)
    assert "position_commands" in {one.kind for one in recording.irregularities}


def test_after_a_position_that_no_other_follows_the_arm_is_to_rest():
    """By hand: 0 to 1 within the period of 0.1 s, rest from 0.2 to 0.6 s, and from 0.7 s on."""
    found = velocities_between(
        np.array([0.0, 0.1, 0.6, 0.7]), np.array([[0.0], [1.0], [2.0], [4.0]])
    )
    period = 0.1
    assert np.allclose(found.time, [0.1, 0.1 + period, 0.6, 0.7, 0.7 + period])
    assert np.allclose(found.velocity[:, 0], [10.0, 0.0, 10.0, 20.0, 0.0])


def test_a_stream_of_trajectories_asks_for_their_course(tmp_path, arm):
    """Every 20 ms the next 100 ms and a stop, as the guard sends them, names backwards."""
    names = list(arm.joint_names)[::-1]
    sent_at = TIME[:-20:2]
    payloads = []
    for now in sent_at:
        ahead = np.array([now + 0.1, now + 0.3])
        position = course(ahead)[:, ::-1]
        velocity = [slope(ahead)[0, ::-1], np.zeros(6)]
        payloads.append(trajectory(names, zip((0.1, 0.3), position, velocity)))
    topic = arm.controller.trajectory_topic
    sent = TopicMessages(topic, JOINT_TRAJECTORY, nanoseconds(sent_at), payloads)
    recording = read_recording(write_bag(tmp_path / "bag", [states(arm), sent]), arm)
    found = travelled(recording.commands, sent_at)
    assert np.allclose(found, course(sent_at), atol=2e-4)
    assert not recording.irregularities


def test_one_long_trajectory_is_a_cubic_or_lines_and_then_rest(tmp_path, arm):
    """From 0 to 1 rad in 1 s, at rest at both ends: half way there at 0.5 s, at 1.5 rad/s."""
    zeros, ones = np.zeros(6), np.ones(6)
    at = nanoseconds(np.zeros(1))
    for velocities, fastest in (((zeros, zeros), 1.5), (((), ()), 1.0)):
        payload = trajectory(
            arm.joint_names, [(0.0, zeros, velocities[0]), (1.0, ones, velocities[1])]
        )
        topic = arm.controller.trajectory_topic
        sent = TopicMessages(topic, JOINT_TRAJECTORY, at, [payload])
        bag = write_bag(tmp_path / f"{fastest}", [states(arm), sent])
        commands = read_recording(bag, arm).commands
        assert np.allclose(travelled(commands, [0.5, 1.0, 2.0]), [[0.5], [1.0], [1.0]], atol=1e-6)
        assert commands.velocity.max() == pytest.approx(fastest, abs=1e-3)
        assert np.array_equal(commands.velocity[-1], zeros)


def test_unusable_trajectories_are_counted(tmp_path, arm):
    names, ones = list(arm.joint_names), np.ones(6)
    payloads = [
        trajectory(names, [(0.1, ones, ())]),
        trajectory(names[:5], [(0.1, ones[:5], ())]),
        trajectory(names, []),
        trajectory(names, [(0.2, ones, ()), (0.1, ones, ())]),
        trajectory(names, [(0.1, ones * np.nan, ())]),
    ]
    topic = arm.controller.trajectory_topic
    sent = TopicMessages(topic, JOINT_TRAJECTORY, nanoseconds(0.01 * np.arange(5)), payloads)
    recording = read_recording(write_bag(tmp_path / "bag", [states(arm), sent]), arm)
    assert {one.kind: one.count for one in recording.irregularities}["unusable_trajectories"] == 4
    assert travelled(recording.commands, [1.0])[0] == pytest.approx(1.0)


@pytest.mark.parametrize("stamped", [True, False])
def test_the_senders_time_counts_not_the_recorders(tmp_path, arm, stamped):
    """The recorder gets commands 1 to 9 ms late; the sender's clock is another one."""
    late = 0.001 + np.random.default_rng(0).uniform(0.0, 0.008, len(TIME))
    late[5] = 0.001  # the fastest transport
    clock = 37_000_000_000
    path = tmp_path / "bag.mcap"
    with open(path, "wb") as file:
        writer = Writer(file)
        writer.start(profile="ros2")

        def add(topic, kind, times, sent, payloads):
            text, _ = STORE.generate_msgdef(kind, ros_version=2)
            schema = writer.register_schema(kind, "ros2msg", text.encode())
            channel = writer.register_channel(topic, "cdr", schema)
            for log, publish, data in zip(times, sent, payloads):
                writer.add_message(channel, int(log), data, int(publish))

        measured = states(arm)
        add(
            measured.topic,
            measured.type_name,
            measured.time_ns,
            measured.time_ns,
            measured.payloads,
        )
        received, sent_at = nanoseconds(TIME + late), nanoseconds(TIME) + clock
        if stamped:  # what the guard says that it sent
            sent = joint_state_messages(
                "/velocity_guard_node/sent",
                received,
                sent_at,
                arm.joint_names,
                course(TIME),
                slope(TIME),
            )
            add(sent.topic, sent.type_name, received, received, sent.payloads)
        else:
            sent = command_messages(arm.controller.command_topic, received, slope(TIME))
            add(sent.topic, sent.type_name, received, sent_at, sent.payloads)
        writer.finish()
    recording = read_recording(path, arm)
    # what remains is the fastest transport
    assert np.allclose(recording.commands.time, TIME + 0.001, atol=1e-6)
    assert recording.states.time[0] == pytest.approx(0.0, abs=1e-9)
    assert nanoseconds(np.zeros(1))[0] == START_NS
