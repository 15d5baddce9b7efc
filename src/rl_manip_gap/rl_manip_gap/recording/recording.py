"""A bag as arrays by joint name on one time axis."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np

from rl_manip_description import Arm, known_arms, load_arm
from rl_manip_description.kinematics.written_tool import ToolNumbers
from rl_manip_description.model.own_kinematics import (
    AnotherArmError,
    OwnKinematicsError,
    described_arm,
)
from rl_manip_gap.bags.irregularities import BagError, Irregularities, Irregularity
from rl_manip_gap.recording.bag_topics import Topic, check_receive_times, read_topics, seconds
from rl_manip_gap.recording.measured_states import arm_prefix, measured_states
from rl_manip_gap.recording.scene.gripper_and_object import (
    Readings,
    given_tool,
    gripper_openings,
    object_poses,
    speed_scaling,
)
from rl_manip_gap.recording.scene.recorded_frames import RecordedFrames, last_text
from rl_manip_gap.recording.sent_commands import sent_commands
from rl_manip_gap.recording.signals import Commands, Goals, JointStates, TimeSpan, rows_in_order
from rl_manip_gap.recording.time_base import sender_times
from rl_manip_gap.recording.topic_choice import (
    BY_ARM,
    COMMAND_TYPES,
    ArmTopics,
    TopicChoice,
    arm_topics,
)
from rl_manip_gap.recording.value_checks import possible_goals
from rl_manip_ros.interfaces import JOINT_STATE

_MAY_MOVE = (1, 2)  # safety modes NORMAL and REDUCED of ur_dashboard_msgs/SafetyMode


@dataclass(frozen=True)
class Recording:
    """What one bag holds about one arm."""

    bag: str
    joint_names: Tuple[str, ...]  # order of every vector here
    states: JointStates
    commands: Optional[Commands]  # None where the bag holds none
    goals: Goals
    stopped: Tuple[TimeSpan, ...]  # in which program or safety mode kept the arm from moving
    irregularities: Tuple[Irregularity, ...]
    gripper_and_object: Dict[str, Readings] = field(default_factory=dict)
    """Policy inputs of gripper and object that were recorded, by name."""
    speed_scaling: Optional[Readings] = None
    """Share of full speed that the robot allowed (K, 1) [%]; None where it was not recorded."""
    description: str = ""
    """URDF that the robot published last; empty where it was not recorded."""
    tool: Optional[ToolNumbers] = None
    """Tool in the flange's frame that a person gave the arm [m, rad]; None for none."""
    prefix: str = ""
    """Text before every joint name in the bag."""
    start_ns: int = 0
    """What times count from, in the recorder's clock [ns]."""

    @property
    def duration_s(self) -> float:
        """From the first to the last joint state [s]."""
        return float(self.states.time.max() - self.states.time.min())

    @property
    def sent(self) -> Commands:
        """The commands, for what cannot do without.

        Raises:
            BagError: the bag holds none.
        """
        if self.commands is None:
            raise BagError(f"{self.bag} holds no commands: record the topic that they are sent on.")
        return self.commands


def between(recording: Recording, start: float, end: float) -> Recording:
    """The part of a recording with joint states in [start, end) [s]; commands before it stay."""
    states, commands, goals = recording.states, recording.commands, recording.goals
    return replace(
        recording,
        states=states.only((states.time >= start) & (states.time < end)),
        commands=commands and commands.only(commands.time < end),
        goals=goals.only((goals.time >= start) & (goals.time < end)),
    )


def read_recording(bag: Path, arm: Arm, choice: TopicChoice = BY_ARM) -> Recording:
    """Reads a bag of `arm`, by joint name.

    Args:
        bag: rosbag2 folder or file.
        arm: which arm.
        choice: topics and joint names where they are not those of the arm's file.

    Raises:
        BagError: no bag there, nothing readable in it, no joint states of this arm, those of two
            arms without a word on which one is meant, or a robot description of another known arm.
    """
    noted = Irregularities()
    named = arm_topics(arm, choice)
    topics = read_topics(Path(bag), named.types, noted)
    states = topics.get(named.joint_states)
    if states is None or states.count == 0:
        raise BagError(_no_states(bag, named, topics))
    start_ns = check_receive_times(topics, noted)
    prefix = arm_prefix(states, named.joint_states, arm, choice.prefix, bag)
    description = last_text(topics.get(named.description))
    _check_described(arm, description, prefix, named.description, bag, noted)
    joint_states, base = measured_states(
        states, named.joint_states, prefix, start_ns, arm, noted, bag
    )

    def times(topic: Topic) -> np.ndarray:
        return base.corrected_receive(topic.arrival, topic.receive(start_ns))

    sent = next((name for name in named.commands if name in topics), None)
    elsewhere = _other_commands(named, topics)
    if sent is None and choice.commands:
        raise BagError(
            f"{bag} holds no commands on {choice.commands}; found them on "
            f"{' and '.join(elsewhere) or 'no topic'}: say which with --commands."
        )
    if sent is None and elsewhere:
        detail = "no commands where they are expected; say with --commands if these are them"
        for name in elsewhere:
            noted.add("other_commands", name, topics[name].count, detail)
    goals = topics.get(named.goals)
    scaling = topics.get(named.speed_scaling)
    frames = RecordedFrames(arm, prefix, topics, named, noted)
    told = topics.get(named.tool)
    tool = given_tool(named.tool, told, arm, noted) if told else None
    beside_the_arm = _gripper_and_object(topics, named, arm, frames, times)
    end = float(joint_states.time.max())
    return Recording(
        bag=str(bag),
        joint_names=arm.joint_names,
        states=joint_states,
        commands=(
            sent_commands(
                sent,
                topics[sent],
                _sent_times(topics[sent], times(topics[sent]), start_ns),
                joint_states,
                arm,
                prefix,
                noted,
            )
            if sent
            else None
        ),
        goals=(
            _goals(named.goals, goals, times(goals), frames, joint_states, noted)
            if goals
            else Goals(np.empty(0), np.empty((0, 7)))
        ),
        stopped=(
            *_stopped(topics.get(named.program_running), "data", (1,), times, end),
            *_stopped(topics.get(named.safety_mode), "mode", _MAY_MOVE, times, end),
        ),
        irregularities=noted.listed(),
        gripper_and_object=beside_the_arm,
        speed_scaling=speed_scaling(scaling, times(scaling)) if scaling else None,
        description=description,
        tool=tool,
        prefix=prefix,
        start_ns=start_ns,
    )


def _check_described(
    arm: Arm, description: str, prefix: str, topic: str, bag: Path, noted: Irregularities
) -> None:
    """Notes a description of another arm; BagError where it is of one that is known."""
    try:
        described_arm(arm, description, prefix, topic)
    except AnotherArmError as error:
        for name in known_arms():
            if _is_described(load_arm(name), description, prefix):
                raise BagError(
                    f"{bag} is not of {arm.name}: its {topic} describes {name}; give that arm"
                ) from None
        noted.add("another_arm_described", topic, 1, str(error))
    except OwnKinematicsError:  # none, or one that does not tell
        pass


def _is_described(arm: Arm, description: str, prefix: str) -> bool:
    """Whether a URDF text is of this arm."""
    try:
        described_arm(arm, description, prefix)
    except OwnKinematicsError:
        return False
    return True


def _no_states(bag: Path, named: ArmTopics, topics: Dict[str, Topic]) -> str:
    """Why a bag without joint states on their topic cannot be used, and what to do."""
    said = f"{bag} holds no joint states: expected {JOINT_STATE} on {named.joint_states}, found "
    others = [name for name, topic in topics.items() if topic.type_name == JOINT_STATE]
    others = [name for name in others if name not in named.commands]
    if others:
        return f"{said}them on {' and '.join(sorted(others))}: say which with --joint-states."
    return f"{said}{', '.join(sorted(topics)) or 'nothing'}; record that topic too."


def _other_commands(named: ArmTopics, topics: Dict[str, Topic]) -> List[str]:
    """Topics, of those that are not expected, which may hold commands."""
    known = (named.joint_states, *named.commands)
    return sorted(
        name
        for name, topic in topics.items()
        if topic.type_name in COMMAND_TYPES and name not in known
    )


def _sent_times(topic: Topic, receive: np.ndarray, start_ns: int) -> np.ndarray:
    """When messages were sent, by their own stamps or the bag's sender's times [s]."""
    order = np.argsort(topic.arrival, kind="stable")
    sent_ns = topic.sent_ns
    for first, group in topic.groups:
        if topic.type_name == JOINT_STATE:  # a trajectory's stamp says when it is to begin
            stamp = group.values["sec"].astype(np.int64) * 10**9 + group.values["nanosec"]
            sent_ns[first + group.rows] = np.where(stamp, stamp, sent_ns[first + group.rows])
    time = np.empty(len(receive))
    time[order] = sender_times(receive[order], seconds(sent_ns, start_ns)[order])
    return time


def _gripper_and_object(
    topics: Dict[str, Topic],
    named: ArmTopics,
    arm: Arm,
    frames: RecordedFrames,
    times: Callable[[Topic], np.ndarray],
) -> Dict[str, Readings]:
    found: Dict[str, Readings] = {}
    if named.objects in topics:
        seen, kind = topics[named.objects], "objects_in_another_frame"
        time = times(seen)
        pose, there = frames.poses(named.objects, seen, time, kind)
        found.update(object_poses(pose, time, there & seen.trusted))
    if arm.gripper is not None:
        states = topics[named.joint_states]
        found.update(gripper_openings(states, times(states), arm.gripper))
    return found


def _goals(
    name: str,
    topic: Topic,
    time: np.ndarray,
    frames: RecordedFrames,
    states: JointStates,
    noted: Irregularities,
) -> Goals:
    pose, there = frames.poses(name, topic, time, "goals_in_another_frame", states)
    topic.trusted &= there
    kept = rows_in_order(possible_goals(pose, name, noted) & topic.trusted, time)
    new = np.ones(len(kept), dtype=bool)
    new[1:] = (np.diff(pose[kept], axis=0) != 0.0).any(axis=1)
    return Goals(time, pose).only(kept[new])


def _stopped(
    topic: Optional[Topic],
    field: str,
    well: Tuple[int, ...],
    times: Callable[[Topic], np.ndarray],
    end: float,
) -> Tuple[TimeSpan, ...]:
    """Spans in which a field was reported to have another value than these."""
    if topic is None:
        return ()
    running, time = np.ones(topic.count, dtype=bool), times(topic)
    for first, group in topic.groups:
        running[first + group.rows] = np.isin(group.values[field], well)
    running, time = running[topic.trusted], time[topic.trusted]
    until = np.maximum(np.append(time[1:], end), time)
    return tuple(map(TimeSpan, time[~running], until[~running]))
