"""Joint states with gaps: a missing value costs that value; what cannot be read is said."""

import json
import sqlite3

import numpy as np
import pytest
from mcap.writer import Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from rl_manip_gap.bags.bag_writing import TopicMessages, joint_state_messages, write_bag
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.signals import TimeSpan
from rl_manip_gap.testing.synthetic_bag import Truth, nanoseconds, response_bag

TIME = 0.01 * np.arange(100)
POSITION = np.outer(TIME, np.ones(6)) * 0.3
VELOCITY = np.full((100, 6), 0.3)


def states(arm, velocity=VELOCITY):
    stamps = nanoseconds(TIME)
    return joint_state_messages(
        "/joint_states", stamps, stamps, arm.joint_names, POSITION, velocity
    )


def test_a_velocity_that_is_missing_is_differentiated_alone(tmp_path, arm):
    velocity = VELOCITY + 0.01  # told from a difference of positions, which is 0.3
    velocity[:, 3] = np.nan
    velocity[7, 1] = np.nan
    found = read_recording(write_bag(tmp_path / "bag", [states(arm, velocity)]), arm).states
    assert len(found.time) == 100
    expected = np.where(np.isnan(velocity), 0.3, velocity)
    assert np.allclose(found.velocity, expected, atol=1e-6)


def test_states_at_10_hz_are_no_pauses(tmp_path, arm, twin):
    truth = Truth(duration=20.0, state_rate=10.0, command_rate=100.0)
    recording = read_recording(response_bag(tmp_path / "bag", arm, truth), arm)
    assert recording.states.pauses == []
    gap = measure_gap(recording, arm, twin)
    assert len(gap.replayed.starts) >= 18
    assert gap.response["delay_s"].value == pytest.approx(truth.delay, abs=0.02)


@pytest.mark.parametrize(
    ("payload", "encoding", "says"),
    [
        (b"\x00\x07\x00\x00" + bytes(40), "cdr", "holds XCDR2, expected plain CDR"),
        (b"\x00\x03\x00\x00" + bytes(40), "cdr", "holds CDR as a parameter list"),
        (json.dumps({"name": []}).encode(), "cdr", "holds JSON"),
        (json.dumps({"name": []}).encode(), "json", "holds json, expected plain CDR"),
        (b"\x0a\x05hello" + bytes(40), "protobuf", "holds protobuf, expected plain CDR"),
    ],
)
def test_what_is_no_cdr_is_named(tmp_path, arm, payload, encoding, says):
    path = tmp_path / "bag.mcap"
    with open(path, "wb") as file:
        writer = Writer(file)
        writer.start()
        schema = writer.register_schema("sensor_msgs/msg/JointState", "ros2msg", b"")
        channel = writer.register_channel("/joint_states", encoding, schema)
        for index in range(5):
            writer.add_message(channel, index, payload, index)
        writer.finish()
    with pytest.raises(BagError, match=says):
        read_recording(path, arm)


def test_json_in_a_database_is_named(tmp_path, arm):
    path = write_bag(tmp_path / "bag", [states(arm)], "sqlite3")
    (file,) = path.glob("*.db3")
    database = sqlite3.connect(file)
    database.execute("UPDATE messages SET data = ?", (b'{"name": []}',))
    database.commit()
    database.close()
    with pytest.raises(BagError, match="/joint_states holds JSON, expected plain CDR"):
        read_recording(path, arm)


def test_a_safety_stop_is_a_stop_and_the_description_is_kept(tmp_path, arm):
    store = get_typestore(Stores.ROS2_JAZZY)
    kind = "ur_dashboard_msgs/msg/SafetyMode"
    store.register(get_types_from_msg("uint8 mode", kind))
    modes = [bytes(store.serialize_cdr(store.types[kind](mode), kind)) for mode in (1, 3, 2)]
    text = store.types["std_msgs/msg/String"]("<robot name='mine'/>")
    safety = TopicMessages(
        "/io_and_status_controller/safety_mode", kind, nanoseconds([0.0, 0.4, 0.6]), modes
    )
    described = TopicMessages(
        "/robot_description",
        "std_msgs/msg/String",
        nanoseconds([0.0]),
        [bytes(store.serialize_cdr(text, "std_msgs/msg/String"))],
    )
    bag = write_bag(tmp_path / "bag", [states(arm), safety, described])
    recording = read_recording(bag, arm)
    assert recording.description == "<robot name='mine'/>"
    (stop,) = recording.stopped
    assert stop == pytest.approx(TimeSpan(0.4, 0.6))
