"""One MCAP file of what was recorded and what simulation makes of it, for Foxglove and its like."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Dict, List, Tuple
from xml.etree import ElementTree

import numpy as np

from rl_manip_description import Arm
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix
from rl_manip_description.kinematics.urdf_chain import read_origin
from rl_manip_description.model.robot_urdf import robot_urdf
from rl_manip_gap.bags.bag_files import bag_batches
from rl_manip_gap.bags.bag_writing import (
    TopicMessages,
    joint_state_messages,
    number_messages,
    text_messages,
    transform_messages,
    write_bag,
)
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.replay.open_loop import Replay
from rl_manip_ros.interfaces import ROBOT_DESCRIPTION

SIMULATED = "simulated_"
"""Before the frames of the simulated arm."""
_TF, _TF_STATIC = "/tf", "/tf_static"
_TF_PERIOD = 0.02  # between two poses of the arms: more are not seen [s]


def write_gap_file(path: Path, gap: Gap, arm: Arm) -> List[str]:
    """Writes recorded topics, simulated and delay-corrected joint states, errors and both arms.

    Args:
        path: the .mcap file to write; its folder is made.
        gap: of a recording whose bag is still there.
        arm: that was recorded.

    Returns:
        Recorded topics that were left out: the bag does not say what their type is.
    """
    recorded = _recorded(Path(gap.recording.bag))
    known = {topic.topic for topic in recorded}
    topics = [topic for topic in recorded if topic.is_known] + _simulated(gap)
    urdf = gap.recording.description or robot_urdf(arm)
    if ROBOT_DESCRIPTION.resolved() not in known:
        start = np.array([gap.recording.start_ns])
        topics.append(text_messages(ROBOT_DESCRIPTION.resolved(), start, [urdf]))
    topics += _arms(gap, arm, urdf, own_frames=_TF in known)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        (written,) = write_bag(Path(folder) / "gap", topics).glob("*.mcap")
        shutil.move(str(written), path)
    return sorted({topic.topic for topic in recorded if not topic.is_known})


def _recorded(bag: Path) -> List[TopicMessages]:
    """The messages of a bag as they are."""
    return [
        TopicMessages(
            batch.topic,
            batch.type_name,
            batch.receive_ns,
            [
                batch.buffer[start : start + length].tobytes()
                for start, length in zip(batch.offsets, batch.lengths)
            ],
            batch.definition,
        )
        for batch in bag_batches(bag, Irregularities())
        if batch.encoding in ("", "cdr")
    ]


def _nanoseconds(gap: Gap, rows: np.ndarray) -> np.ndarray:
    """Times of states [ns]."""
    since = np.round(gap.recording.states.time[rows] * 1e9).astype(np.int64)
    return gap.recording.start_ns + since


def _simulated(gap: Gap) -> List[TopicMessages]:
    """Joint states of both replays, and how far the arm is from them, where both are known."""
    found, states = [], gap.recording.states
    runs: Dict[str, Tuple[Replay, np.ndarray]] = {
        "simulated": (gap.replayed, gap.tool_errors.distance),
        "delay_corrected": (gap.aligned, gap.tool_errors_aligned.distance),
    }
    names = list(gap.recording.joint_names)
    for name, (run, distance) in runs.items():
        time = _nanoseconds(gap, run.rows)
        position, velocity = states.position[run.rows], states.velocity[run.rows]
        for topic, q, v in (
            (f"/gap/{name}/joint_states", run.position, run.velocity),
            (f"/gap/{name}/joint_error", position - run.position, velocity - run.velocity),
        ):
            found.append(joint_state_messages(topic, time, time, names, q, v))
        found.append(number_messages(f"/gap/{name}/tool_error_m", time, distance))
    return found


def _arms(gap: Gap, arm: Arm, urdf: str, own_frames: bool) -> List[TopicMessages]:
    """Poses of the links of both arms; of the recorded one only where the bag has none."""
    robot = ElementTree.fromstring(urdf)
    before = gap.recording.prefix if gap.recording.description else ""
    links = [
        next(
            child.get("link", "")
            for joint in robot.iter("joint")
            if joint.get("name") == before + name and (child := joint.find("child")) is not None
        )
        for name in arm.joint_names
    ]
    rows = np.unique(_every(gap.recording.states.time[gap.replayed.rows]))
    run, found = gap.replayed, []
    measured = gap.recording.states.position[run.rows[rows]]
    base = before + arm.base_frame
    arms = [(SIMULATED, run.position[rows])] + ([] if own_frames else [("", measured)])
    time = _nanoseconds(gap, run.rows[rows])
    for prefix, position in arms:
        frames, _ = arm.chain.joint_frames(position)
        pairs = [(prefix + base, prefix + link) for link in links]
        turned = quaternion_from_matrix(frames[..., :3, :3])
        found.append(transform_messages(_TF, time, pairs, frames[..., :3, 3], turned))
    fixed = {(base, SIMULATED + base): np.eye(4)}
    for prefix, _ in arms:
        fixed.update(_fixed(robot, prefix))
    poses = np.array(list(fixed.values()))[None]
    start = np.array([gap.recording.start_ns])
    rotation = quaternion_from_matrix(poses[..., :3, :3])
    found.append(transform_messages(_TF_STATIC, start, list(fixed), poses[..., :3, 3], rotation))
    return found


def _every(time: np.ndarray) -> np.ndarray:
    """Rows of times (N,) that are a period apart, shape (k,)."""
    return np.unique(np.floor((time - time.min()) / _TF_PERIOD), return_index=True)[1]


def _fixed(robot: ElementTree.Element, prefix: str) -> Dict[Tuple[str, str], np.ndarray]:
    """Poses (4, 4) of the fixed joints of a description, by parent and child."""
    found = {}
    for joint in robot.iter("joint"):
        parent, child = joint.find("parent"), joint.find("child")
        if joint.get("type") != "fixed" or parent is None or child is None:
            continue
        pair = (prefix + parent.get("link", ""), prefix + child.get("link", ""))
        found[pair] = read_origin(joint)
    return found
