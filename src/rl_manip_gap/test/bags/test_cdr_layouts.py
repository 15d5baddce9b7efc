"""The batch reader against rosbags' own deserialiser."""

import numpy as np
import pytest
from rosbags.typesys import Stores, get_typestore

from rl_manip_gap.bags.cdr_batches import MessageBatch, decode
from rl_manip_gap.bags.cdr_layouts import LAYOUTS, LayoutError, read_layout

STORE = get_typestore(Stores.ROS2_JAZZY)
T = STORE.types
JOINT_STATE = "sensor_msgs/msg/JointState"


def header(rng, frame):
    stamp = T["builtin_interfaces/msg/Time"](
        sec=int(rng.integers(-(2**31), 2**31)), nanosec=int(rng.integers(0, 10**9))
    )
    return T["std_msgs/msg/Header"](stamp=stamp, frame_id=frame)


def joint_state(rng, names, effort=True, frame="base_link"):
    n = len(names)
    return T[JOINT_STATE](
        header=header(rng, frame),
        name=names,
        position=rng.normal(size=n),
        velocity=rng.normal(size=n),
        effort=rng.normal(size=n if effort else 0),
    )


def batch(type_name, payloads):
    lengths = np.array([len(p) for p in payloads], dtype=np.int64)
    return MessageBatch(
        topic="/t",
        type_name=type_name,
        arrival=np.arange(len(payloads)),
        receive_ns=np.arange(len(payloads)),
        buffer=np.frombuffer(b"".join(payloads) or b"\0", dtype=np.uint8),
        offsets=np.cumsum(lengths) - lengths,
        lengths=lengths,
    )


def serialised(messages, type_name, little_endian=True):
    return [bytes(STORE.serialize_cdr(m, type_name, little_endian=little_endian)) for m in messages]


@pytest.mark.parametrize("little_endian", [True, False])
def test_joint_states_of_many_layouts_equal_rosbags(little_endian):
    rng = np.random.default_rng(0)
    names = ["elbow_joint", "shoulder_pan_joint", "wrist_1_joint"]
    messages = []
    for _ in range(60):
        order = list(rng.permutation(names)[: rng.integers(1, 4)])
        frame = rng.choice(["", "base_link", "Grundgestell_ä"])
        messages.append(joint_state(rng, order, effort=bool(rng.integers(2)), frame=str(frame)))
    decoded = decode(batch(JOINT_STATE, serialised(messages, JOINT_STATE, little_endian)))
    assert decoded.malformed == 0
    assert sorted(np.concatenate([g.rows for g in decoded.groups])) == list(range(60))
    for group in decoded.groups:
        for row, values in zip(group.rows, group.values):
            expected = STORE.deserialize_cdr(
                serialised([messages[row]], JOINT_STATE)[0], JOINT_STATE
            )
            assert group.names == tuple(expected.name)
            assert values["sec"] == expected.header.stamp.sec
            assert values["nanosec"] == expected.header.stamp.nanosec
            assert np.array_equal(np.ravel(values["position"]), expected.position)
            assert np.array_equal(np.ravel(values["velocity"]), expected.velocity)
            if len(expected.effort):
                assert np.array_equal(np.ravel(values["effort"]), expected.effort)
            else:
                assert "effort" not in values.dtype.names


def test_commands_with_and_without_a_layout_equal_rosbags():
    rng = np.random.default_rng(1)
    name = "std_msgs/msg/Float64MultiArray"
    dimension = T["std_msgs/msg/MultiArrayDimension"](label="joints", size=6, stride=6)
    messages = [
        T[name](
            layout=T["std_msgs/msg/MultiArrayLayout"](dim=dim, data_offset=0),
            data=rng.normal(size=6),
        )
        for dim in ([], [dimension], [])
    ]
    decoded = decode(batch(name, serialised(messages, name)))
    assert decoded.malformed == 0
    for group in decoded.groups:
        for row, values in zip(group.rows, group.values):
            assert np.array_equal(values["data"], messages[row].data)


def test_goals_equal_rosbags():
    rng = np.random.default_rng(2)
    name = "geometry_msgs/msg/PoseStamped"
    point, turn = T["geometry_msgs/msg/Point"], T["geometry_msgs/msg/Quaternion"]
    values = rng.normal(size=(5, 7))
    messages = [
        T[name](
            header=header(rng, "base_link"),
            pose=T["geometry_msgs/msg/Pose"](position=point(*v[:3]), orientation=turn(*v[3:])),
        )
        for v in values
    ]
    (group,) = decode(batch(name, serialised(messages, name))).groups
    assert np.array_equal(group.values["position"], values[:, :3])
    assert np.array_equal(group.values["orientation"], values[:, 3:])


def test_every_type_refuses_a_message_that_is_cut_anywhere():
    rng = np.random.default_rng(3)
    whole = serialised([joint_state(rng, ["a", "b"])], JOINT_STATE)[0]
    for length in range(len(whole)):
        with pytest.raises(LayoutError):
            read_layout(JOINT_STATE, whole[:length])


def test_malformed_messages_are_counted_and_the_others_kept():
    rng = np.random.default_rng(4)
    good = serialised([joint_state(rng, ["a", "b"]) for _ in range(4)], JOINT_STATE)
    huge = bytearray(good[1])
    huge[12:16] = b"\xff\xff\xff\x7f"  # length of frame_id
    decoded = decode(batch(JOINT_STATE, [good[0], b"", b"\x00\x01", bytes(huge), good[3]]))
    assert decoded.malformed == 3
    assert sorted(np.concatenate([g.rows for g in decoded.groups])) == [0, 4]


def test_an_unknown_type_names_the_known_ones():
    with pytest.raises(LayoutError, match="JointState"):
        read_layout("std_msgs/msg/Header", b"\0\1\0\0")
    assert JOINT_STATE in LAYOUTS
