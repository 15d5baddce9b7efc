"""Writes joint states, commands and goals as a rosbag2 bag: for converters and tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Dict, List, Literal, Optional, Sequence, Tuple

import numpy as np
from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from rl_manip_gap.bags.cdr_layouts import read_layout
from rl_manip_gap.bags.mcap_records import add_checksums
from rl_manip_ros.interfaces import SAFETY_MODE

_STORE = get_typestore(Stores.ROS2_JAZZY)
_STORE.register(get_types_from_msg("uint8 mode", SAFETY_MODE.type))  # of the UR driver
_TYPES = _STORE.types
_NO_HASH = "RIHS01_" + 64 * "0"  # of a type whose text comes from elsewhere
_BAG_VERSION: Literal[8] = 8  # metadata version that Humble to Lyrical read


class TopicMessages:
    """Serialised messages of one topic."""

    def __init__(
        self,
        topic: str,
        type_name: str,
        time_ns: np.ndarray,
        payloads: List[bytes],
        definition: str = "",
    ):
        self.topic = topic
        self.type_name = type_name
        self.time_ns = np.asarray(time_ns, dtype=np.int64)  # receive times [ns]
        self.payloads = payloads
        self.definition = definition  # text of the type, for one that is not known here

    @property
    def is_known(self) -> bool:
        """Whether the type's text can be written beside the messages, which readers need."""
        return self.type_name in _TYPES or bool(self.definition)


def joint_state_messages(
    topic: str,
    time_ns: np.ndarray,
    stamp_ns: np.ndarray,
    names: Sequence[str],
    position: np.ndarray,
    velocity: np.ndarray,
    effort: Optional[np.ndarray] = None,
) -> TopicMessages:
    """sensor_msgs/JointState; vectors (n, len(names)) in the order of `names` [rad, rad/s]."""
    joints = len(names)
    zeros = np.zeros(joints)
    template = _TYPES["sensor_msgs/msg/JointState"](
        header=_header(),
        name=list(names),
        position=zeros,
        velocity=zeros,
        effort=zeros if effort is not None else np.zeros(0),
    )
    fields = {**_stamp_fields(stamp_ns), "position": position, "velocity": velocity}
    if effort is not None:
        fields["effort"] = effort
    return _filled(topic, "sensor_msgs/msg/JointState", time_ns, template, fields)


def command_messages(topic: str, time_ns: np.ndarray, velocity: np.ndarray) -> TopicMessages:
    """std_msgs/Float64MultiArray; velocity (n, joints) in the controller's order [rad/s]."""
    layout = _TYPES["std_msgs/msg/MultiArrayLayout"](dim=[], data_offset=0)
    template = _TYPES["std_msgs/msg/Float64MultiArray"](
        layout=layout, data=np.zeros(velocity.shape[1])
    )
    return _filled(topic, "std_msgs/msg/Float64MultiArray", time_ns, template, {"data": velocity})


def number_messages(topic: str, time_ns: np.ndarray, value: np.ndarray) -> TopicMessages:
    """std_msgs/Float64; value (n,)."""
    template = _TYPES["std_msgs/msg/Float64"](data=0.0)
    return _filled(topic, "std_msgs/msg/Float64", time_ns, template, {"data": value})


def pose_messages(
    topic: str, time_ns: np.ndarray, pose: np.ndarray, frame: str = "base_link"
) -> TopicMessages:
    """geometry_msgs/PoseStamped in a frame: (n, 3) positions [m], or (n, 7) with xyzw."""
    template = _TYPES["geometry_msgs/msg/PoseStamped"](
        header=_header(frame),
        pose=_TYPES["geometry_msgs/msg/Pose"](
            position=_TYPES["geometry_msgs/msg/Point"](x=0.0, y=0.0, z=0.0),
            orientation=_TYPES["geometry_msgs/msg/Quaternion"](x=0.0, y=0.0, z=0.0, w=1.0),
        ),
    )
    fields = {**_stamp_fields(time_ns), "position": pose[:, :3]}
    if pose.shape[1] == 7:
        fields["orientation"] = pose[:, 3:]
    return _filled(topic, "geometry_msgs/msg/PoseStamped", time_ns, template, fields)


def write_bag(path: Path, topics: Sequence[TopicMessages], storage: str = "mcap") -> Path:
    """Writes a bag folder, messages in the order of their receive times; whole or not at all.

    Args:
        path: folder to make; it must not exist.
        storage: "mcap" or "sqlite3".

    Raises:
        OSError: it cannot be written, as on a full disk.
    """
    is_ours = not path.exists()
    try:
        _write(path, topics, storage)
    except BaseException:
        if is_ours:
            shutil.rmtree(path, ignore_errors=True)
        raise
    return path


def _write(path: Path, topics: Sequence[TopicMessages], storage: str) -> None:
    plugin = {"mcap": StoragePlugin.MCAP, "sqlite3": StoragePlugin.SQLITE3}[storage]
    with Writer(path, version=_BAG_VERSION, storage_plugin=plugin) as writer:
        by_topic = {
            (topic.topic, topic.type_name): _connection(writer, topic)
            for topic in {(topic.topic, topic.type_name): topic for topic in topics}.values()
        }
        connections = [by_topic[topic.topic, topic.type_name] for topic in topics]
        owner = np.concatenate([np.full(len(t.time_ns), i) for i, t in enumerate(topics)])
        row = np.concatenate([np.arange(len(t.time_ns)) for t in topics])
        time_ns = np.concatenate([t.time_ns for t in topics])
        for index in np.argsort(time_ns, kind="stable"):
            topic = owner[index]
            payload = topics[topic].payloads[row[index]]
            writer.write(connections[topic], int(time_ns[index]), payload)
    for file in path.glob("*.mcap"):
        add_checksums(file)


def text_messages(topic: str, time_ns: np.ndarray, texts: Sequence[str]) -> TopicMessages:
    """std_msgs/String."""
    kind = "std_msgs/msg/String"
    payloads = [bytes(_STORE.serialize_cdr(_TYPES[kind](text), kind)) for text in texts]
    return TopicMessages(topic, kind, time_ns, payloads)


def transform_messages(
    topic: str,
    time_ns: np.ndarray,
    frames: Sequence[Tuple[str, str]],
    translation: np.ndarray,
    rotation: np.ndarray,
) -> TopicMessages:
    """tf2_msgs/TFMessage; translations (n, k, 3) [m], rotations (n, k, 4) xyzw of k frames.

    Args:
        topic: such as /tf.
        time_ns: (n,) of messages and their stamps.
        frames: parent and child, k pairs.
        translation: of the child in its parent.
        rotation: the same.
    """
    zero, unit = dict.fromkeys("xyz", 0.0), {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}
    template = _TYPES["tf2_msgs/msg/TFMessage"](
        transforms=[
            _TYPES["geometry_msgs/msg/TransformStamped"](
                header=_header(parent),
                child_frame_id=child,
                transform=_TYPES["geometry_msgs/msg/Transform"](
                    translation=_TYPES["geometry_msgs/msg/Vector3"](**zero),
                    rotation=_TYPES["geometry_msgs/msg/Quaternion"](**unit),
                ),
            )
            for parent, child in frames
        ]
    )
    stamp, fields = _stamp_fields(time_ns), {}
    for index in range(len(frames)):
        fields[f"sec_{index}"], fields[f"nanosec_{index}"] = stamp["sec"], stamp["nanosec"]
        fields[f"translation_{index}"] = translation[:, index]
        fields[f"rotation_{index}"] = rotation[:, index]
    return _filled(topic, "tf2_msgs/msg/TFMessage", time_ns, template, fields)


def _connection(writer: Writer, topic: TopicMessages) -> Connection:
    if topic.type_name in _TYPES:
        return writer.add_connection(topic.topic, topic.type_name, typestore=_STORE)
    return writer.add_connection(
        topic.topic, topic.type_name, msgdef=topic.definition, rihs01=_NO_HASH
    )


def _header(frame_id: str = "") -> Any:
    return _TYPES["std_msgs/msg/Header"](
        stamp=_TYPES["builtin_interfaces/msg/Time"](sec=0, nanosec=0), frame_id=frame_id
    )


def _stamp_fields(stamp_ns: np.ndarray) -> Dict[str, np.ndarray]:
    seconds, nanoseconds = np.divmod(np.asarray(stamp_ns, dtype=np.int64), 10**9)
    return {"sec": seconds, "nanosec": nanoseconds}


def _filled(
    topic: str, type_name: str, time_ns: np.ndarray, template: Any, fields: Dict[str, np.ndarray]
) -> TopicMessages:
    """Serialises the template once and writes the fields of every message over its copies."""
    message = bytes(_STORE.serialize_cdr(template, type_name))
    layout = read_layout(type_name, message)
    rows = np.tile(np.frombuffer(message, dtype=np.uint8), (len(time_ns), 1))
    values = rows.view(layout.dtype).reshape(len(time_ns))
    for name, value in fields.items():
        values[name] = value
    return TopicMessages(topic, type_name, time_ns, [row.tobytes() for row in rows])
