"""Poses that were recorded in other frames, as poses in the base frame.

What the bag tells of frames: the robot's description, the file of frames that the policy node was
started with, /tf_static, and, for a goal in a frame that moves, the joints when it came. Frames
that are on /tf alone are not looked up.
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple

import numpy as np
import yaml

from rl_manip_deploy.frames.described_frames import described_frames
from rl_manip_deploy.frames.frame_tree import FrameTree, Placed, Way
from rl_manip_deploy.frames.pose_frames import moved
from rl_manip_deploy.frames.written_frames import frames_in
from rl_manip_description import Arm
from rl_manip_description.kinematics.serial_chain import matrix_from_quaternion, pose_of
from rl_manip_description.model.own_kinematics import arm_urdf
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.recording.bag_topics import Topic
from rl_manip_gap.recording.signals import JointStates, along_lines
from rl_manip_gap.recording.topic_choice import ArmTopics


class RecordedFrames:
    """The frames of one bag.

    Args:
        arm: which arm.
        prefix: before every joint name in the bag.
        topics: of the bag.
        named: what they are called.
        noted: receives what cannot be used.
    """

    def __init__(
        self,
        arm: Arm,
        prefix: str,
        topics: Dict[str, Topic],
        named: ArmTopics,
        noted: Irregularities,
    ) -> None:
        self._arm, self._noted = arm, noted
        self._base = prefix + arm.base_frame
        self._joints = tuple(prefix + name for name in arm.joint_names)
        description = last_text(topics.get(named.description))
        self._tree = FrameTree(self._described(description or arm_urdf(arm), prefix, named))
        self._tree.join(self._written(last_text(topics.get(named.written_frames)), named))
        self._tree.join(_static(topics.get(named.fixed_frames), named.fixed_frames))

    def poses(
        self,
        name: str,
        topic: Topic,
        time: np.ndarray,
        kind: str,
        states: Optional[JointStates] = None,
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Poses (N, 7) [m] and xyzw in the base frame, and which could be had, (N,) bool.

        Args:
            name: of the topic.
            time: (N,) when its messages came [s].
            kind: of irregularity that one without a known frame is.
            states: by which frames that move are looked up; None where they are not.
        """
        pose, there = topic.poses(), np.ones(topic.count, dtype=bool)
        for first, group in topic.groups:
            frame, rows = group.names[0], first + group.rows
            # a driver's prefix may stand before the name, and a sender may leave it empty
            if not frame or frame.endswith(self._arm.base_frame):
                continue
            way = self._tree.way(frame, self._base)
            if way is None or not self._is_known(way, states):
                detail = f"left out: in {frame}, which nothing in the bag tells in {self._base}"
                self._noted.add(kind, name, len(rows), detail)
                there[rows] = False
                continue
            for row in rows:
                pose[row] = moved(self._seen(way, time[row], states), pose[row])
        return pose, there

    def _is_known(self, way: Way, states: Optional[JointStates]) -> bool:
        known = self._joints if states is not None else ()
        return not way.disputed and all(name in known for name in way.joints)

    def _seen(self, way: Way, time: float, states: Optional[JointStates]) -> np.ndarray:
        if states is None or not way.joints:
            return way.pose({})
        position = along_lines(states.time, states.position, [time])[0]
        return way.pose(dict(zip(self._joints, position)))

    def _described(self, text: str, prefix: str, named: ArmTopics) -> Dict[str, Placed]:
        try:
            return described_frames(text, named.description, self._arm.joint_names, prefix)
        except ValueError as error:
            self._noted.add("unusable_frames", named.description, 1, str(error))
            return {}

    def _written(self, text: str, named: ArmTopics) -> Dict[str, Placed]:
        try:
            return frames_in(yaml.safe_load(text), named.written_frames) if text else {}
        except (ValueError, yaml.YAMLError) as error:
            said = " ".join(str(error).split())
            self._noted.add("unusable_frames", named.written_frames, 1, said)
            return {}


def last_text(topic: Optional[Topic]) -> str:
    """What a topic of texts said last; empty where it was not recorded."""
    return topic.groups[-1][1].names[0] if topic is not None and topic.groups else ""


def _static(topic: Optional[Topic], name: str) -> Dict[str, Placed]:
    """Frames of /tf_static."""
    found: Dict[str, Placed] = {}
    for _, group in topic.groups if topic is not None else ():
        last = group.values[-1]
        for number, (parent, child) in enumerate(zip(group.names[::2], group.names[1::2])):
            turned = np.array(last[f"rotation_{number}"])
            pose = pose_of(last[f"translation_{number}"])
            with np.errstate(invalid="ignore"):
                pose[:3, :3] = matrix_from_quaternion(turned / np.linalg.norm(turned))
            if np.isfinite(pose).all() and child != parent:
                found[child] = Placed(parent, pose, name)
    return found
